-- Who refunded how much, by the day of the refund. What it takes off a day's sales is in sales_by_day.
-- in: since, until: which events count.
CREATE OR REPLACE FUNCTION report.refunds_facts(since timestamptz, until timestamptz)
RETURNS TABLE (day date, actor text, refunds bigint, refunded numeric, restored numeric, whole bigint)
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
        e.actor::text,
        count(*),
        sum(e.amount),
        sum(e.restored),
        count(*) FILTER (WHERE e.kind = 'purchase_refunded')
    FROM store.customer_event e
    CROSS JOIN LATERAL (SELECT x.day FROM report.day x WHERE x.starts_at <= e.occurred_at ORDER BY x.starts_at DESC LIMIT 1) d
    WHERE e.kind IN ('purchase_partly_refunded', 'purchase_refunded')
      AND e.occurred_at >= since
      AND e.occurred_at < until
    GROUP BY d.day, e.actor;
END
$body$;

CREATE OR REPLACE VIEW report.refunds_source AS
SELECT
    f.day,
    f.actor,
    sum(f.refunds)::bigint AS refunds,
    sum(f.refunded) AS refunded,
    sum(f.restored) AS restored,
    sum(f.whole)::bigint AS whole
FROM (
    SELECT * FROM report.sealed_refunds
    UNION ALL
    SELECT * FROM report.refunds_facts(report.sealed_until(), report.as_of('refunds'))
) f
GROUP BY f.day, f.actor;
