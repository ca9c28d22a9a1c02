-- Who changed limits, when, and by how much. Customers' own changes count together: the actor is 'customer' then.
-- in: since, until: which events count.
CREATE OR REPLACE FUNCTION report.limit_changes_facts(since timestamptz, until timestamptz)
RETURNS TABLE (day date, actor text, raises bigint, raised numeric, cuts bigint, lowered numeric, others bigint,
               temporary bigint, for_one_purchase bigint)
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
        CASE WHEN starts_with(e.actor, 'customer ') THEN 'customer' ELSE e.actor::text END,
        count(*) FILTER (WHERE c.limit_after > c.limit_before),
        coalesce(sum(c.limit_after - c.limit_before) FILTER (WHERE c.limit_after > c.limit_before AND n.is_known), 0),
        count(*) FILTER (WHERE c.limit_after < c.limit_before),
        coalesce(sum(c.limit_before - c.limit_after) FILTER (WHERE c.limit_after < c.limit_before AND n.is_known), 0),
        count(*) FILTER (WHERE c.limit_after = c.limit_before),
        count(*) FILTER (WHERE c.valid_to < 'infinity' AND c.valid_to > c.valid_from),
        count(*) FILTER (WHERE c.valid_to = c.valid_from)
    FROM store.customer_event e
    CROSS JOIN LATERAL (SELECT x.day FROM report.day x WHERE x.starts_at <= e.occurred_at ORDER BY x.starts_at DESC LIMIT 1) d
    JOIN store.limit_change c ON c.customer_id = e.customer_id AND c.sequence_number = e.sequence_number
    CROSS JOIN LATERAL (SELECT greatest(c.limit_before, c.limit_after) < store.no_limit() AS is_known) n
    WHERE e.kind IN ('limit_changed', 'limit_change_scheduled')
      AND e.occurred_at >= since
      AND e.occurred_at < until
    GROUP BY 1, 2;
END
$body$;

CREATE OR REPLACE VIEW report.limit_changes_source AS
SELECT
    f.day,
    f.actor,
    sum(f.raises)::bigint AS raises,
    sum(f.raised) AS raised,
    sum(f.cuts)::bigint AS cuts,
    sum(f.lowered) AS lowered,
    sum(f.others)::bigint AS others,
    sum(f.temporary)::bigint AS temporary,
    sum(f.for_one_purchase)::bigint AS for_one_purchase
FROM (
    SELECT * FROM report.sealed_limit_changes
    UNION ALL
    SELECT * FROM report.limit_changes_facts(report.sealed_until(), report.as_of('limit_changes'))
) f
GROUP BY f.day, f.actor;
