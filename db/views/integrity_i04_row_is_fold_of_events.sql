-- I4: the customer's row is the fold of the customer's events: amount, held, limit, and the ceiling that follows. And it is
-- what the customer's purchases say: bought less what refunds restored, held for what is processing. The same for the counter
-- of each window and the purchases that count in it.
CREATE OR REPLACE VIEW store.integrity_i04_row_is_fold_of_events AS
SELECT
    'I4'::text AS rule,
    c.customer_id,
    format('row says %s bought, %s held, limit %s, ceiling %s; events say %s, %s, %s; purchases say %s, %s',
           a.amount, a.held, a.limit_amount, a.ceiling, f.amount, f.held, f.limit_amount, p.total - f.restored, p.held)
        AS detail
FROM store.customer c
LEFT JOIN store.customer_purchased_amount a USING (customer_id)
LEFT JOIN (
    SELECT
        e.customer_id,
        sum(CASE e.kind WHEN 'purchase_confirmed' THEN e.amount ELSE 0 END - e.restored) AS amount,
        sum(CASE e.kind WHEN 'purchase_processing' THEN e.hold ELSE 0 END
            - CASE e.previous_kind WHEN 'purchase_processing' THEN e.hold ELSE 0 END) AS held,
        sum(e.restored) AS restored,
        (array_agg(e.limit_at_time ORDER BY e.sequence_number DESC))[1] AS limit_amount
    FROM store.customer_event e
    GROUP BY e.customer_id
) f USING (customer_id)
LEFT JOIN LATERAL (
    SELECT
        coalesce(sum(b.total) FILTER (WHERE b.status IN ('confirmed', 'partly_refunded', 'refunded')), 0) AS total,
        coalesce(sum(b.held), 0) AS held,
        min(b.expires_at) AS next_due_at
    FROM store.purchase b
    WHERE b.customer_id = c.customer_id
) p ON true
WHERE a.amount IS DISTINCT FROM f.amount
   OR a.held IS DISTINCT FROM f.held
   OR a.limit_amount IS DISTINCT FROM f.limit_amount
   OR a.ceiling IS DISTINCT FROM greatest(f.limit_amount, f.amount + f.held)
   OR a.amount IS DISTINCT FROM p.total - f.restored
   OR a.held IS DISTINCT FROM p.held
   -- Whoever locks the row looks for what is due from then on only.
   OR p.next_due_at < a.next_due_at
UNION ALL
SELECT
    'I4'::text,
    w.customer_id,
    format('%s from %s: counter says %s bought, %s held of %s, ceiling %s; purchases say %s, %s', w.window_name, w.starts_at,
           w.amount, w.held, w.limit_amount, w.ceiling, q.amount, q.held)
FROM store.customer_window_amount w
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(b.total - b.restored) FILTER (WHERE b.status IN ('confirmed', 'partly_refunded', 'refunded')), 0) AS amount,
        coalesce(sum(b.held), 0) AS held
    FROM store.purchase b
    WHERE b.customer_id = w.customer_id
      AND b.counted_at >= w.starts_at
      AND b.counted_at < w.ends_at
) q
LEFT JOIN store.customer_purchased_amount a USING (customer_id)
WHERE w.amount <> q.amount
   OR w.held <> q.held
   OR w.ceiling <> greatest(w.limit_amount, w.amount + w.held)
   OR a.has_windows IS DISTINCT FROM true;
