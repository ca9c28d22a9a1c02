-- I2: a refused key changed nothing but its refusal.
CREATE OR REPLACE VIEW store.integrity_i02_refusal_changed_nothing AS
SELECT
    'I2'::text AS rule,
    e.customer_id,
    format('event %s: refused, yet %s became %s', e.sequence_number, e.amount_before, e.amount_after) AS detail
FROM store.customer_event e
WHERE e.kind = 'purchase_refused'
  AND (e.amount_before <> e.amount_after OR e.held_before <> e.held_after);
