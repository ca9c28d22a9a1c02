-- I2: what was not bought changed nothing but its own hold: a refusal, a cancellation, an expiry, a question to an admin.
CREATE OR REPLACE VIEW store.integrity_i02_refusal_changed_nothing AS
SELECT
    'I2'::text AS rule,
    e.customer_id,
    format('event %s: %s, yet %s became %s and held %s became %s', e.sequence_number, e.kind, e.amount_before,
           e.amount_after, e.held_before, e.held_after) AS detail
FROM store.customer_event e
WHERE e.kind IN ('purchase_refused', 'purchase_cancelled', 'purchase_expired', 'purchase_awaiting_approval')
  AND (e.amount_before <> e.amount_after
       OR e.held_before - e.held_after
          <> CASE e.previous_kind WHEN 'purchase_processing' THEN e.hold ELSE 0 END);
