-- Nothing calls this any more but purchases that are under way while this release replaces place_purchase; the next one drops it.
-- in: the customer's row, locked; what was asked for; its lines, priced; until when it may wait for a price.
-- The decision, for a purchase that is asked for and one that waited for a worker alike. Writes one event, the purchase and
-- its lines. What fits is confirmed, or held where a price is missing; what does not is refused and recorded as refused.
-- out: the customer's row as it then is, outcome: confirmed, processing, over_limit, product_unavailable or price_changed
-- (refused for that; only what waited for a worker comes here so), and how it fitted.
CREATE OR REPLACE FUNCTION store.decide_purchase(
    INOUT account store.customer_purchased_amount,
    request store.purchase_request,
    lines store.priced_lines,
    hold_until timestamptz,
    OUT outcome text,
    OUT fit store.purchase_fit
)
LANGUAGE plpgsql
AS $body$
DECLARE
    v_reason text := '';
    v_status text := 'refused';
    v_hold numeric := 0;
    v_expires_at timestamptz;
    v_counted_at timestamptz;
BEGIN
    fit := fit_purchase(account, lines.total);
    IF lines.unavailable_product_id IS NOT NULL THEN
        outcome := 'product_unavailable';
        v_reason := 'A product in it is no longer sold.';
    ELSIF lines.above_at_most_product_id IS NOT NULL OR lines.total > request.shown_total THEN
        outcome := 'price_changed';
        v_reason := 'A price is above what was agreed to.';
    ELSIF fit.over_by > 0 THEN
        outcome := 'over_limit';
    ELSE
        outcome := 'confirmed';
        IF lines.missing_count > 0 THEN
            outcome := 'processing';
            v_hold := lines.total;
            v_expires_at := hold_until;
        END IF;
        v_status := outcome;
        v_counted_at := account.settled_at;
        fit.left_amount := fit.left_amount - lines.total;
    END IF;

    account := append_event(
        account, 'purchase_' || v_status, 'customer ' || account.customer_id, v_reason,
        notify => true,
        purchase_id => request.purchase_id,
        amount => lines.total,
        hold => v_hold,
        expires_at => v_expires_at,
        window_name => CASE outcome WHEN 'over_limit' THEN fit.window_name ELSE 'lifetime' END,
        window_limit => CASE outcome WHEN 'over_limit' THEN fit.window_limit ELSE 0 END,
        window_used => CASE outcome WHEN 'over_limit' THEN fit.window_used ELSE 0 END,
        resets_at => CASE outcome WHEN 'over_limit' THEN fit.resets_at END,
        left_amount => CASE WHEN account.has_windows THEN fit.left_amount ELSE no_limit() END);
    PERFORM record_purchase(account, request, lines, v_status, v_hold, v_expires_at, v_counted_at);
    IF v_counted_at IS NOT NULL AND fit.is_near THEN
        PERFORM note_thresholds(account, lines.total);
    END IF;
END
$body$;
