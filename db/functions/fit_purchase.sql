-- in: the customer's row, locked and settled; what a purchase costs; what is held for it already and would be free; since when
-- it counts (null: now).
-- Says whether it fits all of the customer's limits, and which one refuses it: see store.purchase_fit.
CREATE OR REPLACE FUNCTION store.fit_purchase(
    account store.customer_purchased_amount,
    total numeric,
    released numeric DEFAULT 0,
    counted_at timestamptz DEFAULT NULL
)
RETURNS store.purchase_fit
LANGUAGE plpgsql
STABLE
AS $body$
DECLARE
    v_fit store.purchase_fit;
    v_used numeric := account.amount + account.held - released;
    v_window record;
BEGIN
    v_fit.window_name := 'lifetime';
    v_fit.window_limit := 0;
    v_fit.window_used := 0;
    v_fit.left_amount := account.limit_amount - v_used;
    v_fit.over_by := greatest(total - v_fit.left_amount, 0);
    v_fit.is_near := (v_used + total) * 2 >= account.limit_amount;
    IF account.has_windows THEN
        FOR v_window IN
            SELECT w.window_name, w.ends_at, w.limit_amount, w.amount + w.held - fit_purchase.released AS used
            FROM customer_window_amount w
            WHERE w.customer_id = account.customer_id
              AND w.ends_at > account.settled_at -- a window that is over refuses no more
              AND w.starts_at <= coalesce(fit_purchase.counted_at, account.settled_at)
            ORDER BY w.ends_at, w.window_name -- the lifetime limit never resets; of the others the one that resets last refuses
        LOOP
            v_fit.left_amount := least(v_fit.left_amount, v_window.limit_amount - v_window.used);
            v_fit.is_near := v_fit.is_near OR (v_window.used + total) * 2 >= v_window.limit_amount;
            IF v_window.used + total > v_window.limit_amount AND total > 0
               AND (v_fit.over_by = 0 OR v_fit.window_name <> 'lifetime') THEN
                v_fit.over_by := v_window.used + total - v_window.limit_amount;
                v_fit.window_name := v_window.window_name;
                v_fit.window_limit := v_window.limit_amount;
                v_fit.window_used := v_window.used;
                v_fit.resets_at := v_window.ends_at;
            END IF;
        END LOOP;
    END IF;
    v_fit.left_amount := greatest(v_fit.left_amount, 0);
    RETURN v_fit;
END
$body$;
