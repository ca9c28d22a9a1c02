-- in: the customer's row, locked and settled; what a purchase costs.
-- Returns each limit that it does not fit, with what the limit would have to be. For approve_purchase.
CREATE OR REPLACE FUNCTION store.needed_raises(account store.customer_purchased_amount, total numeric)
RETURNS store.needed_raise[]
LANGUAGE sql
STABLE
AS $body$
    SELECT coalesce(array_agg(ROW(u.window_name, u.limit_amount, u.used + needed_raises.total)::store.needed_raise), '{}')
    FROM (
        SELECT 'lifetime' AS window_name, account.limit_amount::numeric AS limit_amount, account.amount + account.held AS used
        UNION ALL
        SELECT w.window_name, w.limit_amount, w.amount + w.held
        FROM store.customer_window_amount w
        WHERE w.customer_id = account.customer_id
          AND w.ends_at > account.settled_at
    ) u
    WHERE u.used + needed_raises.total > u.limit_amount
$body$;
