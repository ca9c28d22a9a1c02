-- I7: refunds never exceed the purchase, nor a line its quantity; each refund is one event and each such event one refund; and
-- nothing else lowers what is bought.
CREATE OR REPLACE VIEW store.integrity_i07_refunds_within_purchase AS
SELECT
    'I7'::text AS rule,
    p.customer_id,
    format('purchase %s: %s of %s refunded, by refunds %s', p.purchase_id, p.refunded, p.total, r.amount) AS detail
FROM store.purchase p
LEFT JOIN LATERAL (
    SELECT coalesce(sum(f.amount), 0) AS amount
    FROM store.refund f
    WHERE f.customer_id = p.customer_id
      AND f.purchase_id = p.purchase_id
) r ON true
WHERE p.refunded <> r.amount
   OR p.refunded > p.total
   OR (p.status = 'refunded') <> (p.refunded > 0 AND p.refunded = p.total)
UNION ALL
SELECT
    'I7'::text,
    l.customer_id,
    format('purchase %s: %s of product %s came back, %s were bought', l.purchase_id, sum(f.quantity), l.product_id, l.quantity)
FROM store.purchase_line l
JOIN store.refund_line f USING (customer_id, purchase_id, product_id)
GROUP BY l.customer_id, l.purchase_id, l.product_id, l.quantity
HAVING sum(f.quantity) > l.quantity
UNION ALL
SELECT
    'I7'::text,
    e.customer_id,
    format('event %s: %s of %s, %s fell to %s; refund %s of %s', e.sequence_number, e.kind, e.amount, e.amount_before,
           e.amount_after, f.refund_id, f.amount)
FROM store.customer_event e
LEFT JOIN store.refund f USING (customer_id, sequence_number)
WHERE CASE
        WHEN e.kind IN ('purchase_partly_refunded', 'purchase_refunded') THEN
            (f.purchase_id, f.amount::numeric) IS DISTINCT FROM (e.purchase_id, e.amount::numeric)
            OR e.amount_before - e.amount_after NOT IN (0, e.amount)
        ELSE e.amount_after < e.amount_before OR f.refund_id IS NOT NULL
      END;
