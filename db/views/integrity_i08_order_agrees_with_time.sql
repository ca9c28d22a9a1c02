-- I8: what was acknowledged before another began has the smaller sequence number. What callers saw no table says; that time
-- never runs backwards along a customer's sequence numbers the ledger does.
CREATE OR REPLACE VIEW store.integrity_i08_order_agrees_with_time AS
SELECT
    'I8'::text AS rule,
    e.customer_id,
    format('event %s happened %s, the one before it %s', e.sequence_number, e.occurred_at, e.previous_occurred_at) AS detail
FROM (
    SELECT
        customer_id,
        sequence_number,
        occurred_at,
        lag(occurred_at) OVER (PARTITION BY customer_id ORDER BY sequence_number) AS previous_occurred_at
    FROM store.customer_event
) e
WHERE e.occurred_at < e.previous_occurred_at;
