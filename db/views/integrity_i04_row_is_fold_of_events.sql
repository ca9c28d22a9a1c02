-- I4: the customer's row is the fold of the customer's events: amount, held, limit, and the ceiling that follows.
CREATE OR REPLACE VIEW store.integrity_i04_row_is_fold_of_events AS
SELECT
    'I4'::text AS rule,
    c.customer_id,
    format('row says %s bought, %s held, limit %s, ceiling %s; events say %s, %s, %s',
           a.amount, a.held, a.limit_amount, a.ceiling, f.amount, f.held, f.limit_amount) AS detail
FROM store.customer c
LEFT JOIN store.customer_purchased_amount a USING (customer_id)
LEFT JOIN (
    SELECT
        e.customer_id,
        sum(CASE e.kind WHEN 'purchase_confirmed' THEN e.amount ELSE 0 END) AS amount,
        sum(e.held_after - e.held_before) AS held,
        (array_agg(e.limit_at_time ORDER BY e.sequence_number DESC))[1] AS limit_amount
    FROM store.customer_event e
    GROUP BY e.customer_id
) f USING (customer_id)
WHERE a.amount IS DISTINCT FROM f.amount
   OR a.held IS DISTINCT FROM f.held
   OR a.limit_amount IS DISTINCT FROM f.limit_amount
   OR a.ceiling IS DISTINCT FROM greatest(f.limit_amount, f.amount + f.held);
