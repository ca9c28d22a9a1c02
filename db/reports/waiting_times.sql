-- How long purchases waited, for a price or for an admin's approval, by the day on which that ended and how.
-- in: since, until: which events count. A wait that ended at its deadline ended then, whenever that was written down.
CREATE OR REPLACE FUNCTION report.waiting_times_facts(since timestamptz, until timestamptz)
RETURNS TABLE (day date, waited_for text, ended_as text, purchases bigint, seconds numeric, longest_seconds numeric,
               within_minute bigint, within_hour bigint, within_day bigint)
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
        CASE e.previous_kind WHEN 'purchase_processing' THEN 'price' ELSE 'approval' END,
        replace(e.kind, 'purchase_', ''),
        count(*),
        sum(w.seconds),
        max(w.seconds),
        count(*) FILTER (WHERE w.seconds <= 60),
        count(*) FILTER (WHERE w.seconds <= 3600),
        count(*) FILTER (WHERE w.seconds <= 86400)
    FROM store.customer_event e
    CROSS JOIN LATERAL (SELECT x.day FROM report.day x WHERE x.starts_at <= e.occurred_at ORDER BY x.starts_at DESC LIMIT 1) d
    JOIN store.customer_event b
        ON b.customer_id = e.customer_id
        AND b.sequence_number = e.previous_purchase_sequence_number
    CROSS JOIN LATERAL (
        SELECT greatest(extract(epoch FROM coalesce(e.effective_at, e.occurred_at) - b.occurred_at), 0) AS seconds
    ) w
    WHERE e.previous_kind IN ('purchase_processing', 'purchase_awaiting_approval')
      AND e.occurred_at >= since
      AND e.occurred_at < until
    GROUP BY 1, 2, 3;
END
$body$;

CREATE OR REPLACE VIEW report.waiting_times_source AS
SELECT
    f.day,
    f.waited_for,
    f.ended_as,
    sum(f.purchases)::bigint AS purchases,
    sum(f.seconds) AS seconds,
    max(f.longest_seconds) AS longest_seconds,
    sum(f.within_minute)::bigint AS within_minute,
    sum(f.within_hour)::bigint AS within_hour,
    sum(f.within_day)::bigint AS within_day
FROM (
    SELECT * FROM report.sealed_waiting_times
    UNION ALL
    SELECT * FROM report.waiting_times_facts(report.sealed_until(), report.as_of('waiting_times'))
) f
GROUP BY f.day, f.waited_for, f.ended_as;
