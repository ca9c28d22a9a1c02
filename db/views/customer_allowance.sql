-- What a customer may still buy, live: what is due counts as if it were settled, though its events are written by whoever locks
-- the row next. left_amount is never below zero, and the least that any of the customer's limits leaves: left_window_name says
-- which, left_resets_at when that one resets (null: never). The other figures are those of the lifetime limit; after a cut the
-- customer is over by over_by.
CREATE OR REPLACE VIEW store.customer_allowance AS
SELECT
    a.customer_id,
    coalesce(d.amount, a.amount)::store.usd AS amount,
    coalesce(d.held, a.held)::store.usd AS held,
    coalesce(d.limit_amount, a.limit_amount)::store.usd AS limit_amount,
    coalesce(d.left_amount, least(greatest(a.limit_amount - a.amount - a.held, 0), w.left_amount)) AS left_amount,
    greatest(coalesce(d.amount + d.held - d.limit_amount, a.amount + a.held - a.limit_amount), 0) AS over_by,
    a.last_sequence_number,
    coalesce(d.window_name, CASE WHEN w.left_amount < a.limit_amount - a.amount - a.held THEN w.window_name END, 'lifetime')
        AS left_window_name,
    coalesce(d.resets_at, CASE WHEN w.left_amount < a.limit_amount - a.amount - a.held THEN w.ends_at END) AS left_resets_at,
    a.limit_sequence_number,
    a.is_frozen
FROM store.customer_purchased_amount a
LEFT JOIN LATERAL ( -- most rows stop at the first condition of each of these
    SELECT
        max(s.amount) FILTER (WHERE s.window_name = 'lifetime') AS amount,
        max(s.held) FILTER (WHERE s.window_name = 'lifetime') AS held,
        max(s.limit_amount) FILTER (WHERE s.window_name = 'lifetime') AS limit_amount,
        min(s.left_amount) AS left_amount,
        (array_agg(s.window_name ORDER BY s.left_amount, s.resets_at DESC NULLS FIRST))[1] AS window_name,
        (array_agg(s.resets_at ORDER BY s.left_amount, s.resets_at DESC NULLS FIRST))[1] AS resets_at
    FROM store.customer_as_of(a.customer_id, statement_timestamp()) s
    WHERE a.next_due_at <= statement_timestamp()
) d ON true
LEFT JOIN LATERAL (
    SELECT v.window_name, v.ends_at, greatest(v.limit_amount - v.amount - v.held, 0) AS left_amount
    FROM store.customer_window_amount v
    WHERE a.has_windows
      AND a.next_due_at > statement_timestamp()
      AND v.customer_id = a.customer_id
      AND v.ends_at > statement_timestamp()
    ORDER BY left_amount, v.ends_at DESC
    LIMIT 1
) w ON true;
