-- Each of a customer's limits, live: what counts in it, what it leaves, when it resets (null: never). One row for the lifetime
-- limit and one for each window that has a limit. Where something is due that nobody settled yet it says what settling will.
CREATE OR REPLACE VIEW store.customer_window_allowance AS
SELECT
    a.customer_id,
    'lifetime'::text AS window_name,
    a.amount::numeric AS amount,
    a.held::numeric AS held,
    a.limit_amount::numeric AS limit_amount,
    greatest(a.limit_amount - a.amount - a.held, 0) AS left_amount,
    greatest(a.amount + a.held - a.limit_amount, 0) AS over_by,
    NULL::timestamptz AS starts_at,
    NULL::timestamptz AS resets_at,
    a.is_frozen -- the customer, not the limit
FROM store.customer_purchased_amount a
WHERE a.next_due_at > statement_timestamp()
UNION ALL
SELECT
    a.customer_id,
    w.window_name,
    w.amount::numeric,
    w.held::numeric,
    w.limit_amount::numeric,
    greatest(w.limit_amount - w.amount - w.held, 0),
    greatest(w.amount + w.held - w.limit_amount, 0),
    w.starts_at,
    w.ends_at,
    a.is_frozen
FROM store.customer_purchased_amount a
JOIN store.customer_window_amount w USING (customer_id)
WHERE a.next_due_at > statement_timestamp()
  AND a.has_windows
  AND w.ends_at > statement_timestamp()
  AND w.limit_amount < store.no_limit()
UNION ALL
SELECT
    a.customer_id,
    s.window_name,
    s.amount,
    s.held,
    s.limit_amount,
    s.left_amount,
    s.over_by,
    s.starts_at,
    s.resets_at,
    a.is_frozen
FROM store.customer_purchased_amount a
CROSS JOIN LATERAL store.customer_as_of(a.customer_id, statement_timestamp()) s
WHERE a.next_due_at <= statement_timestamp();
