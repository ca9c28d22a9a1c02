-- What was bought on each day, and what of it was refunded, whenever that was.
-- in: since, until: which events count. A refund may bring a row for an earlier day.
CREATE OR REPLACE FUNCTION report.sales_by_day_facts(since timestamptz, until timestamptz)
RETURNS TABLE (day date, purchases bigint, customers bigint, sold numeric, refunded numeric)
LANGUAGE plpgsql -- a plan for these two moments: the planner then takes the index for the end of the ledger
STABLE
SET search_path = report, store, pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT f.day, sum(f.purchases)::bigint, sum(f.customers)::bigint, sum(f.sold), sum(f.refunded)
    FROM (
        SELECT
            d.day,
            count(*) AS purchases,
            count(DISTINCT e.customer_id) AS customers,
            sum(e.amount) AS sold,
            0::numeric AS refunded
        FROM store.customer_event e
        CROSS JOIN LATERAL (SELECT x.day FROM report.day x WHERE x.starts_at <= e.occurred_at ORDER BY x.starts_at DESC LIMIT 1) d
        WHERE e.kind = 'purchase_confirmed'
          AND e.occurred_at >= since
          AND e.occurred_at < until
        GROUP BY d.day
        UNION ALL
        SELECT d.day, 0, 0, 0, sum(r.amount)
        FROM store.customer_event r
        JOIN store.customer_event e
            ON e.customer_id = r.customer_id
            AND e.purchase_id = r.purchase_id
            AND e.kind = 'purchase_confirmed'
        CROSS JOIN LATERAL (SELECT x.day FROM report.day x WHERE x.starts_at <= e.occurred_at ORDER BY x.starts_at DESC LIMIT 1) d
        WHERE r.kind IN ('purchase_partly_refunded', 'purchase_refunded')
          AND r.occurred_at >= since
          AND r.occurred_at < until
        GROUP BY d.day
    ) f
    GROUP BY f.day;
END
$body$;

CREATE OR REPLACE VIEW report.sales_by_day_source AS
SELECT
    f.day,
    sum(f.purchases)::bigint AS purchases,
    sum(f.customers)::bigint AS customers,
    sum(f.sold) AS sold,
    sum(f.refunded) AS refunded
FROM (
    SELECT * FROM report.sealed_sales_by_day
    UNION ALL
    SELECT * FROM report.sales_by_day_facts(report.sealed_until(), report.as_of('sales_by_day'))
) f
GROUP BY f.day;
