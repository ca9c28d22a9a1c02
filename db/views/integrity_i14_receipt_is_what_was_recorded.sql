-- I14: same key, same receipt: the purchase says what its event says.
CREATE OR REPLACE VIEW store.integrity_i14_receipt_is_what_was_recorded AS
SELECT
    'I14'::text AS rule,
    p.customer_id,
    format('purchase %s: %s of %s, its event %s of %s', p.purchase_id, p.status, p.total, e.kind, e.amount) AS detail
FROM store.purchase p
LEFT JOIN store.customer_event e USING (customer_id, sequence_number)
WHERE ('purchase_' || p.status, p.total, p.purchase_id) IS DISTINCT FROM (e.kind, e.amount::numeric, e.purchase_id);
