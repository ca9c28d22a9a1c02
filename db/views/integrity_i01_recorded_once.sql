-- I1: an acknowledged key is recorded exactly once: one purchase, one event that began it, and each later event follows the
-- one before, to the last, which the purchase names.
CREATE OR REPLACE VIEW store.integrity_i01_recorded_once AS
SELECT
    'I1'::text AS rule,
    coalesce(p.customer_id, e.customer_id) AS customer_id,
    format('purchase %s: begun %s times, %s events in %s steps', coalesce(p.purchase_id, e.purchase_id), e.begun, e.events,
           e.steps) AS detail
FROM store.purchase p
FULL JOIN (
    SELECT
        c.customer_id,
        c.purchase_id,
        count(*) AS events,
        count(*) FILTER (WHERE c.previous_kind IS NULL) AS begun,
        count(DISTINCT c.previous_purchase_sequence_number) AS steps,
        min(c.sequence_number) AS first,
        max(c.sequence_number) AS last
    FROM store.customer_event c
    WHERE c.purchase_id IS NOT NULL
    GROUP BY c.customer_id, c.purchase_id
) e ON e.customer_id = p.customer_id AND e.purchase_id = p.purchase_id
WHERE (e.begun, e.steps, e.first, e.last)
      IS DISTINCT FROM (1, e.events - 1, p.sequence_number, p.last_sequence_number);
