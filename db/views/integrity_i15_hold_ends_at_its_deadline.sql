-- I15: no hold outlives its deadline: nothing was decided while a hold counted that should have been gone. What is decided
-- reads the clock before its event is stamped; ten seconds is more than any such transaction lasts. And what is released is
-- what was held.
CREATE OR REPLACE VIEW store.integrity_i15_hold_ends_at_its_deadline AS
SELECT
    'I15'::text AS rule,
    h.customer_id,
    format('event %s was decided while %s was held for purchase %s, until %s only', e.sequence_number, h.hold, h.purchase_id,
           h.expires_at) AS detail
FROM store.customer_event h
LEFT JOIN store.customer_event released
    ON released.customer_id = h.customer_id
    AND released.purchase_id = h.purchase_id
    AND released.previous_purchase_sequence_number = h.sequence_number
JOIN store.customer_event e
    ON e.customer_id = h.customer_id
    AND e.sequence_number > h.sequence_number
    AND e.sequence_number < coalesce(released.sequence_number, 9223372036854775807)
    AND e.kind IN ('purchase_confirmed', 'purchase_refused', 'purchase_processing')
    AND e.occurred_at > h.expires_at + interval '10 seconds'
WHERE h.kind = 'purchase_processing'
UNION ALL
SELECT
    'I15'::text,
    h.customer_id,
    format('event %s held %s, event %s released %s', h.sequence_number, h.hold, released.sequence_number, released.hold)
FROM store.customer_event h
JOIN store.customer_event released
    ON released.customer_id = h.customer_id
    AND released.purchase_id = h.purchase_id
    AND released.previous_purchase_sequence_number = h.sequence_number
WHERE h.kind = 'purchase_processing'
  AND h.hold <> released.hold;
