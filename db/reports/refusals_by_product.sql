-- What was in purchases that a limit refused, by day and product, and what of it an admin approved after all. What had no
-- price counts with the customer's "at most".
-- in: since, until: which events count. An approval may bring rows for an earlier day.
CREATE OR REPLACE FUNCTION report.refusals_by_product_facts(since timestamptz, until timestamptz)
RETURNS TABLE (day date, product_id bigint, refusals bigint, units bigint, refused numeric, recovered numeric)
LANGUAGE plpgsql -- a plan for these two moments: the planner then takes the index for the end of the ledger
STABLE
SET search_path = report, store, pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        d.day,
        l.product_id,
        sum(1 - a.is_recovery)::bigint,
        sum(l.quantity * (1 - a.is_recovery))::bigint,
        sum(l.quantity * l.unit_price * (1 - a.is_recovery)),
        sum(l.quantity * l.unit_price * a.is_recovery)
    FROM (
        SELECT e.customer_id, e.purchase_id, e.occurred_at, 0 AS is_recovery
        FROM store.customer_event e
        WHERE e.kind = 'purchase_refused'
          AND e.reason = ''
          AND e.occurred_at >= since
          AND e.occurred_at < until
        UNION ALL
        SELECT e.customer_id, e.purchase_id, e.occurred_at, 1
        FROM store.customer_event a
        JOIN store.customer_event e
            ON e.customer_id = a.customer_id
            AND e.purchase_id = a.purchase_id
            AND e.kind = 'purchase_refused'
        WHERE a.kind = 'purchase_confirmed'
          AND a.previous_kind = 'purchase_awaiting_approval'
          AND a.occurred_at >= since
          AND a.occurred_at < until
    ) a
    CROSS JOIN LATERAL (SELECT x.day FROM report.day x WHERE x.starts_at <= a.occurred_at ORDER BY x.starts_at DESC LIMIT 1) d
    CROSS JOIN LATERAL (
        SELECT p.product_id, p.quantity, p.unit_price::numeric AS unit_price
        FROM store.purchase_line p
        WHERE p.customer_id = a.customer_id
          AND p.purchase_id = a.purchase_id
        UNION ALL
        SELECT q.product_id, q.quantity, q.at_most::numeric
        FROM store.purchase_line_on_request q
        WHERE q.customer_id = a.customer_id
          AND q.purchase_id = a.purchase_id
          AND NOT EXISTS (
              SELECT
              FROM store.purchase_line p
              WHERE p.customer_id = q.customer_id
                AND p.purchase_id = q.purchase_id
                AND p.product_id = q.product_id
          )
    ) l
    GROUP BY d.day, l.product_id;
END
$body$;

CREATE OR REPLACE VIEW report.refusals_by_product_source AS
SELECT
    f.day,
    f.product_id,
    sum(f.refusals)::bigint AS refusals,
    sum(f.units)::bigint AS units,
    sum(f.refused) AS refused,
    sum(f.recovered) AS recovered
FROM (
    SELECT * FROM report.sealed_refusals_by_product
    UNION ALL
    SELECT * FROM report.refusals_by_product_facts(report.sealed_until(), report.as_of('refusals_by_product'))
) f
GROUP BY f.day, f.product_id;
