-- I14: same key, same receipt: the purchase says what its events say. Its status is its last event's, its total that of the
-- last one that was no refund.
CREATE OR REPLACE VIEW store.integrity_i14_receipt_is_what_was_recorded AS
SELECT
    'I14'::text AS rule,
    p.customer_id,
    format('purchase %s: %s of %s, its last event %s of %s', p.purchase_id, p.status, p.total, e.kind, e.amount) AS detail
FROM store.purchase p
LEFT JOIN store.customer_event e
    ON e.customer_id = p.customer_id AND e.sequence_number = p.last_sequence_number
LEFT JOIN LATERAL (
    SELECT b.amount
    FROM store.customer_event b
    WHERE b.customer_id = p.customer_id
      AND b.purchase_id = p.purchase_id
      AND b.kind NOT IN ('purchase_partly_refunded', 'purchase_refunded')
    ORDER BY b.sequence_number DESC
    LIMIT 1
) d ON true
WHERE ('purchase_' || p.status, p.purchase_id, p.total::numeric, p.expires_at)
      IS DISTINCT FROM (e.kind, e.purchase_id, d.amount::numeric, e.expires_at);
