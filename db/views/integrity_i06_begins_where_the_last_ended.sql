-- I6: each event begins where the one before it ended.
CREATE OR REPLACE VIEW store.integrity_i06_begins_where_the_last_ended AS
SELECT
    'I6'::text AS rule,
    e.customer_id,
    format('event %s begins at %s + %s', e.sequence_number, e.amount_before, e.held_before) AS detail
FROM (
    SELECT
        customer_id,
        sequence_number,
        amount_before,
        held_before,
        lag(amount_after, 1, 0) OVER chain AS previous_amount_after,
        lag(held_after, 1, 0) OVER chain AS previous_held_after
    FROM store.customer_event
    WINDOW chain AS (PARTITION BY customer_id ORDER BY sequence_number)
) e
WHERE e.amount_before <> e.previous_amount_after
   OR e.held_before <> e.previous_held_after;
