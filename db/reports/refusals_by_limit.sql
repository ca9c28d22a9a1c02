-- Purchases that a limit refused, by the day and the limit, and which of them an admin approved after all. Others that were
-- refused (a price above the "at most", an admin who declined) have a reason and are not here.
-- in: since, until: which events count. An approval may bring a row for an earlier day.
CREATE OR REPLACE FUNCTION report.refusals_by_limit_facts(since timestamptz, until timestamptz)
RETURNS TABLE (day date, window_name text, refusals bigint, refused numeric, recoveries bigint, recovered numeric)
LANGUAGE plpgsql -- a plan for these two moments: the planner then takes the index for the end of the ledger
STABLE
SET search_path = report, store, pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT f.day, f.window_name, sum(f.refusals)::bigint, sum(f.refused), sum(f.recoveries)::bigint, sum(f.recovered)
    FROM (
        SELECT
            d.day,
            e.window_name,
            count(*) AS refusals,
            sum(e.amount) AS refused,
            0 AS recoveries,
            0::numeric AS recovered
        FROM store.customer_event e
        CROSS JOIN LATERAL (SELECT x.day FROM report.day x WHERE x.starts_at <= e.occurred_at ORDER BY x.starts_at DESC LIMIT 1) d
        WHERE e.kind = 'purchase_refused'
          AND e.reason = ''
          AND e.occurred_at >= since
          AND e.occurred_at < until
        GROUP BY d.day, e.window_name
        UNION ALL
        SELECT d.day, e.window_name, 0, 0, count(*), sum(a.amount)
        FROM store.customer_event a
        JOIN store.customer_event e
            ON e.customer_id = a.customer_id
            AND e.purchase_id = a.purchase_id
            AND e.kind = 'purchase_refused'
        CROSS JOIN LATERAL (SELECT x.day FROM report.day x WHERE x.starts_at <= e.occurred_at ORDER BY x.starts_at DESC LIMIT 1) d
        WHERE a.kind = 'purchase_confirmed'
          AND a.previous_kind = 'purchase_awaiting_approval'
          AND a.occurred_at >= since
          AND a.occurred_at < until
        GROUP BY d.day, e.window_name
    ) f
    GROUP BY f.day, f.window_name;
END
$body$;

CREATE OR REPLACE VIEW report.refusals_by_limit_source AS
SELECT
    f.day,
    f.window_name,
    sum(f.refusals)::bigint AS refusals,
    sum(f.refused) AS refused,
    sum(f.recoveries)::bigint AS recoveries,
    sum(f.recovered) AS recovered
FROM (
    SELECT * FROM report.sealed_refusals_by_limit
    UNION ALL
    SELECT * FROM report.refusals_by_limit_facts(report.sealed_until(), report.as_of('refusals_by_limit'))
) f
GROUP BY f.day, f.window_name;
