-- in: the customer's row, locked; by how much what is bought and what is held change, for a purchase that counts since
-- counted_at; and a new limit of one window (null: as it is).
-- Moves every counter that the purchase falls into. A purchase never moves the ceiling: that it stays below is each counter's
-- own CHECK (23514).
CREATE OR REPLACE FUNCTION store.move_windows(
    account store.customer_purchased_amount,
    amount_change numeric,
    held_change numeric,
    counted_at timestamptz,
    window_name text,
    limit_amount numeric
)
RETURNS void
LANGUAGE plpgsql
AS $body$
BEGIN
    IF amount_change + held_change > 0 THEN
        UPDATE customer_window_amount w
        SET amount = w.amount + amount_change,
            held = w.held + held_change
        WHERE w.customer_id = account.customer_id
          AND w.ends_at > counted_at
          AND w.starts_at <= counted_at;
    ELSIF amount_change <> 0 OR held_change <> 0 THEN
        UPDATE customer_window_amount w
        SET amount = w.amount + amount_change,
            held = w.held + held_change,
            ceiling = greatest(w.limit_amount, w.amount + amount_change + w.held + held_change)
        WHERE w.customer_id = account.customer_id
          AND w.ends_at > counted_at
          AND w.starts_at <= counted_at;
    END IF;

    IF limit_amount IS NOT NULL AND window_name <> 'lifetime' THEN
        UPDATE customer_window_amount w
        SET limit_amount = move_windows.limit_amount,
            ceiling = greatest(move_windows.limit_amount, w.amount + w.held)
        WHERE w.customer_id = account.customer_id
          AND w.ends_at > account.settled_at
          AND w.window_name = move_windows.window_name;
    END IF;
END
$body$;
