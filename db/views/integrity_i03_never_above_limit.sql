-- I3: no purchase event ends above its limit.
CREATE OR REPLACE VIEW store.integrity_i03_never_above_limit AS
SELECT
    'I3'::text AS rule,
    e.customer_id,
    format('event %s: %s of %s', e.sequence_number, e.amount_after + e.held_after, e.limit_at_time) AS detail
FROM store.customer_event e
WHERE e.kind IN ('purchase_confirmed', 'purchase_processing')
  AND e.amount_after + e.held_after > e.limit_at_time;
