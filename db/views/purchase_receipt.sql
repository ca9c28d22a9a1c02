-- A purchase as it was first answered, from its first event and nothing later: the same key reads the same receipt for ever
-- (I14). What became of it since is in store.purchase.
CREATE OR REPLACE VIEW store.purchase_receipt AS
SELECT
    p.customer_id,
    p.purchase_id,
    p.request_hash,
    substr(e.kind, length('purchase_') + 1) AS status,
    e.amount AS total,
    p.priced_at,
    p.sequence_number,
    e.amount_before,
    e.amount_after,
    e.limit_at_time,
    least(greatest(e.limit_at_time - e.amount_after - e.held_after, 0), e.left_amount) AS left_amount,
    CASE e.window_name
        WHEN 'lifetime' THEN greatest(e.amount_before + e.held_before + e.amount - e.limit_at_time, 0)
        ELSE e.window_used + e.amount - e.window_limit
    END AS over_by,
    e.occurred_at,
    e.window_name,
    e.window_limit,
    e.resets_at
FROM store.purchase p
JOIN store.customer_event e USING (customer_id, sequence_number);
