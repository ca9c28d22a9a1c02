-- What each customer bought, gave back and was refused, and how that stands to the lifetime limit. bought and held are what
-- counts against it; sold less refunded is money, which is more where refunds do not restore the allowance.
-- in: since, until: which events count.
CREATE OR REPLACE FUNCTION report.customer_spend_facts(since timestamptz, until timestamptz)
RETURNS TABLE (customer_id bigint, purchases bigint, sold numeric, refunded numeric, refusals bigint, refused numeric,
               recovered numeric, peak_percent numeric, last_purchase_at timestamptz, last_refusal_at timestamptz)
LANGUAGE plpgsql -- a plan for these two moments: the planner then takes the index for the end of the ledger
STABLE
SET search_path = report, store, pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        e.customer_id,
        count(*) FILTER (WHERE e.kind = 'purchase_confirmed'),
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'purchase_confirmed'), 0),
        coalesce(sum(e.amount) FILTER (WHERE e.kind IN ('purchase_partly_refunded', 'purchase_refunded')), 0),
        count(*) FILTER (WHERE r.is_refusal),
        coalesce(sum(e.amount) FILTER (WHERE r.is_refusal), 0),
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'purchase_confirmed' AND e.previous_kind = 'purchase_awaiting_approval'), 0),
        max(report.used_percent(e.amount_after + e.held_after, e.limit_at_time)),
        max(e.occurred_at) FILTER (WHERE e.kind = 'purchase_confirmed'),
        max(e.occurred_at) FILTER (WHERE r.is_refusal)
    FROM store.customer_event e
    CROSS JOIN LATERAL (SELECT e.kind = 'purchase_refused' AND e.reason = '' AS is_refusal) r
    WHERE e.occurred_at >= since
      AND e.occurred_at < until
    GROUP BY e.customer_id;
END
$body$;

-- in: a moment not long ago. The rows of customers of whom something was written since then, as they were before that. Whoever
-- registered since then is there with nothing: amount is null.
CREATE OR REPLACE FUNCTION report.states_before(moment timestamptz)
RETURNS TABLE (customer_id bigint, amount numeric, held numeric, limit_amount numeric)
LANGUAGE plpgsql
STABLE
SET search_path = report, store, pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT f.customer_id, p.amount_after::numeric, p.held_after::numeric, p.limit_at_time::numeric
    FROM (
        SELECT e.customer_id, min(e.sequence_number) AS sequence_number
        FROM store.customer_event e
        WHERE e.occurred_at >= moment
        GROUP BY e.customer_id
    ) f
    LEFT JOIN store.customer_event p ON p.customer_id = f.customer_id AND p.sequence_number = f.sequence_number - 1;
END
$body$;

CREATE OR REPLACE VIEW report.customer_spend_source AS
SELECT
    s.customer_id,
    coalesce(f.purchases, 0) AS purchases,
    coalesce(f.sold, 0) AS sold,
    coalesce(f.refunded, 0) AS refunded,
    s.amount AS bought,
    s.held,
    s.limit_amount,
    greatest(s.limit_amount - s.amount - s.held, 0) AS left_amount,
    greatest(s.amount + s.held - s.limit_amount, 0) AS over_by,
    report.used_percent(s.amount + s.held, s.limit_amount) AS used_percent,
    coalesce(f.peak_percent, 0) AS peak_percent,
    CASE
        WHEN s.amount + s.held > s.limit_amount THEN 'over'
        WHEN s.amount + s.held = s.limit_amount THEN 'at_limit'
        WHEN (s.amount + s.held) * 100 >= s.limit_amount * 80 THEN 'near'
        ELSE 'below'
    END AS standing,
    coalesce(f.refusals, 0) AS refusals,
    coalesce(f.refused, 0) AS refused,
    coalesce(f.recovered, 0) AS recovered,
    f.last_purchase_at,
    f.last_refusal_at
FROM (
    SELECT
        a.customer_id,
        CASE WHEN b.customer_id IS NULL THEN a.amount ELSE b.amount END AS amount,
        CASE WHEN b.customer_id IS NULL THEN a.held ELSE b.held END AS held,
        CASE WHEN b.customer_id IS NULL THEN a.limit_amount ELSE b.limit_amount END AS limit_amount
    FROM store.customer_purchased_amount a
    LEFT JOIN report.states_before(report.as_of('customer_spend')) b USING (customer_id)
) s
LEFT JOIN (
    SELECT
        c.customer_id,
        sum(c.purchases)::bigint AS purchases,
        sum(c.sold) AS sold,
        sum(c.refunded) AS refunded,
        sum(c.refusals)::bigint AS refusals,
        sum(c.refused) AS refused,
        sum(c.recovered) AS recovered,
        max(c.peak_percent) AS peak_percent,
        max(c.last_purchase_at) AS last_purchase_at,
        max(c.last_refusal_at) AS last_refusal_at
    FROM (
        SELECT * FROM report.sealed_customer_spend
        UNION ALL
        SELECT * FROM report.customer_spend_facts(report.sealed_until(), report.as_of('customer_spend'))
    ) c
    GROUP BY c.customer_id
) f USING (customer_id)
WHERE s.amount IS NOT NULL; -- who registered after it
