-- I5: sequence numbers run 1 … n without a gap, and the row knows n.
CREATE OR REPLACE VIEW store.integrity_i05_sequence_without_gap AS
SELECT
    'I5'::text AS rule,
    c.customer_id,
    format('%s events numbered %s to %s, the row says %s', e.count, e.first, e.last, a.last_sequence_number) AS detail
FROM store.customer c
LEFT JOIN store.customer_purchased_amount a USING (customer_id)
LEFT JOIN (
    SELECT customer_id, count(*) AS count, min(sequence_number) AS first, max(sequence_number) AS last
    FROM store.customer_event
    GROUP BY customer_id
) e USING (customer_id)
WHERE e.first IS DISTINCT FROM 1
   OR e.last IS DISTINCT FROM e.count
   OR e.last IS DISTINCT FROM a.last_sequence_number;
