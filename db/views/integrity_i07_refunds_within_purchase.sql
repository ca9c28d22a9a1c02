-- I7: refunds never exceed the purchase, each refund once. There is no refund yet, so nothing may lower what is bought.
CREATE OR REPLACE VIEW store.integrity_i07_refunds_within_purchase AS
SELECT
    'I7'::text AS rule,
    e.customer_id,
    format('event %s: %s fell to %s without a refund', e.sequence_number, e.amount_before, e.amount_after) AS detail
FROM store.customer_event e
WHERE e.amount_after < e.amount_before;
