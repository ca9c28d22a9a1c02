-- Where a report is not what the ledger says, of all events before the moment it is as of, added up anew and without any seal.
-- Runs as the owner: whoever proves the rules need not see what reports read.
CREATE OR REPLACE FUNCTION report.differences() RETURNS TABLE (customer_id bigint, detail text)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = report, store, pg_catalog, pg_temp
AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT NULL::bigint, format('sales_by_day: the report has %s, the ledger %s', m, f)
    FROM report.sales_by_day m
    FULL JOIN report.sales_by_day_facts('-infinity', report.as_of('sales_by_day')) f USING (day)
    WHERE ROW(m.*) IS DISTINCT FROM ROW(f.*)
    UNION ALL
    SELECT NULL::bigint, format('sales_by_product: the report has %s, the ledger %s', m, f)
    FROM report.sales_by_product m
    FULL JOIN report.sales_by_product_facts('-infinity', report.as_of('sales_by_product')) f USING (day, product_id)
    WHERE ROW(m.*) IS DISTINCT FROM ROW(f.*)
    UNION ALL
    SELECT NULL::bigint, format('refusals_by_limit: the report has %s, the ledger %s', m, f)
    FROM report.refusals_by_limit m
    FULL JOIN report.refusals_by_limit_facts('-infinity', report.as_of('refusals_by_limit')) f USING (day, window_name)
    WHERE ROW(m.*) IS DISTINCT FROM ROW(f.*)
    UNION ALL
    SELECT NULL::bigint, format('refusals_by_product: the report has %s, the ledger %s', m, f)
    FROM report.refusals_by_product m
    FULL JOIN report.refusals_by_product_facts('-infinity', report.as_of('refusals_by_product')) f USING (day, product_id)
    WHERE ROW(m.*) IS DISTINCT FROM ROW(f.*)
    UNION ALL
    SELECT NULL::bigint, format('limit_changes: the report has %s, the ledger %s', m, f)
    FROM report.limit_changes m
    FULL JOIN report.limit_changes_facts('-infinity', report.as_of('limit_changes')) f USING (day, actor)
    WHERE ROW(m.*) IS DISTINCT FROM ROW(f.*)
    UNION ALL
    SELECT NULL::bigint, format('refunds: the report has %s, the ledger %s', m, f)
    FROM report.refunds m
    FULL JOIN report.refunds_facts('-infinity', report.as_of('refunds')) f USING (day, actor)
    WHERE ROW(m.*) IS DISTINCT FROM ROW(f.*)
    UNION ALL
    SELECT NULL::bigint, format('waiting_times: the report has %s, the ledger %s', m, f)
    FROM report.waiting_times m
    FULL JOIN report.waiting_times_facts('-infinity', report.as_of('waiting_times')) f USING (day, waited_for, ended_as)
    WHERE ROW(m.*) IS DISTINCT FROM ROW(f.*)
    UNION ALL
    SELECT NULL, format('sales_by_category: the report has %s, the ledger %s', m, f)
    FROM report.sales_by_category m
    FULL JOIN (
        SELECT
            s.day,
            p.category_id,
            sum(s.purchases)::bigint AS purchases,
            sum(s.units)::bigint AS units,
            sum(s.sold) AS sold,
            sum(s.refunded_units)::bigint AS refunded_units,
            sum(s.refunded) AS refunded
        FROM report.sales_by_product_facts('-infinity', report.as_of('sales_by_category')) s
        JOIN store.product p USING (product_id)
        GROUP BY s.day, p.category_id
    ) f USING (day, category_id)
    -- A product that was put into another category meanwhile is no mistake of the report.
    WHERE ROW(m.*) IS DISTINCT FROM ROW(f.*)
      AND NOT EXISTS (
          SELECT
          FROM store.product_change c
          WHERE c.occurred_at >= report.as_of('sales_by_category')
      )
    UNION ALL
    SELECT customer_id, format('customer_spend: the report has %s, the ledger %s', m, f)
    FROM report.customer_spend m
    FULL JOIN (
        SELECT
            c.customer_id,
            c.purchases,
            c.sold,
            c.refunded,
            e.amount_after AS bought,
            e.held_after AS held,
            e.limit_at_time AS limit_amount,
            c.peak_percent,
            c.refusals,
            c.refused,
            c.recovered,
            c.last_purchase_at,
            c.last_refusal_at
        FROM report.customer_spend_facts('-infinity', report.as_of('customer_spend')) c
        CROSS JOIN LATERAL (
            SELECT x.amount_after, x.held_after, x.limit_at_time
            FROM store.customer_event x
            WHERE x.customer_id = c.customer_id
              AND x.occurred_at < report.as_of('customer_spend')
            ORDER BY x.sequence_number DESC
            LIMIT 1
        ) e
    ) f USING (customer_id)
    WHERE (m.purchases, m.sold, m.refunded, m.bought, m.held, m.limit_amount, m.peak_percent, m.refusals, m.refused, m.recovered,
           m.last_purchase_at, m.last_refusal_at)
          IS DISTINCT FROM
          (f.purchases, f.sold, f.refunded, f.bought::numeric, f.held::numeric, f.limit_amount::numeric, f.peak_percent, f.refusals,
           f.refused, f.recovered, f.last_purchase_at, f.last_refusal_at)
    UNION ALL
    SELECT m.customer_id, format('limit_use: the report has %s, the ledger %s', m, f)
    FROM report.limit_use m
    CROSS JOIN LATERAL report.window_state(m.customer_id, m.starts_at, m.resets_at, report.as_of('limit_use')) f
    WHERE (m.bought, m.held) IS DISTINCT FROM (f.amount, f.held);
END
$body$;
