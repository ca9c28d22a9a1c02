-- I1: an acknowledged key is recorded exactly once: one purchase, one event that decided it.
CREATE OR REPLACE VIEW store.integrity_i01_recorded_once AS
SELECT
    'I1'::text AS rule,
    coalesce(p.customer_id, e.customer_id) AS customer_id,
    format('purchase %s: decided by %s events', coalesce(p.purchase_id, e.purchase_id), count(e.sequence_number)) AS detail
FROM store.purchase p
FULL JOIN (SELECT * FROM store.customer_event WHERE kind LIKE 'purchase\_%') e
    ON e.customer_id = p.customer_id AND e.purchase_id = p.purchase_id
GROUP BY coalesce(p.customer_id, e.customer_id), coalesce(p.purchase_id, e.purchase_id)
HAVING count(e.sequence_number) <> 1
    OR count(p.sequence_number) <> 1
    OR bool_or(e.sequence_number IS DISTINCT FROM p.sequence_number);
