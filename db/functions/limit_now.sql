-- in: the customer's row, locked and settled; which limit.
-- Returns that limit as it is now, what it leaves and by how much the customer is over it. A window without a limit leaves
-- all that no_limit() is.
CREATE OR REPLACE FUNCTION store.limit_now(
    account store.customer_purchased_amount,
    window_name text,
    OUT limit_amount numeric,
    OUT left_amount numeric,
    OUT over_by numeric
)
LANGUAGE plpgsql
STABLE
AS $body$
DECLARE
    v_used numeric := account.amount + account.held;
BEGIN
    limit_amount := account.limit_amount;
    IF window_name <> 'lifetime' THEN
        SELECT w.limit_amount, w.amount + w.held
        INTO limit_amount, v_used
        FROM customer_window_amount w
        WHERE w.customer_id = account.customer_id
          AND w.ends_at > account.settled_at
          AND w.window_name = limit_now.window_name;
        limit_amount := coalesce(limit_amount, no_limit());
    END IF;
    left_amount := greatest(limit_amount - coalesce(v_used, 0), 0);
    over_by := greatest(coalesce(v_used, 0) - limit_amount, 0);
END
$body$;
