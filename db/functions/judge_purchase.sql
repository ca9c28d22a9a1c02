-- in: the customer's row, locked and settled, with all that was decided so far; what was asked for; its lines, priced; until
-- when it may wait for a price.
-- The decision about one purchase: what fits all limits is confirmed, or held where a price is missing; what does not is
-- refused. Writes nothing: record_purchases does. Returns the decision with the event's number and the sums that it moves.
CREATE OR REPLACE FUNCTION store.judge_purchase(
    account store.customer_purchased_amount,
    request store.purchase_request,
    lines store.priced_lines,
    hold_until timestamptz
)
RETURNS store.purchase_decision
LANGUAGE plpgsql
STABLE
AS $body$
DECLARE
    v_fit store.purchase_fit := fit_purchase(account, lines.total);
    v_outcome text := CASE
        WHEN lines.unavailable_product_id IS NOT NULL THEN 'product_unavailable'
        WHEN lines.above_at_most_product_id IS NOT NULL OR lines.total > request.shown_total THEN 'price_changed'
        WHEN v_fit.over_by > 0 THEN 'over_limit'
        WHEN lines.missing_count > 0 THEN 'processing'
        ELSE 'confirmed'
    END;
    v_counts boolean := v_outcome IN ('confirmed', 'processing');
    v_bought numeric := CASE v_outcome WHEN 'confirmed' THEN lines.total ELSE 0 END;
    v_hold numeric := CASE v_outcome WHEN 'processing' THEN lines.total ELSE 0 END;
BEGIN
    IF v_outcome <> 'over_limit' THEN
        -- No limit refuses it.
        v_fit.window_name := 'lifetime';
        v_fit.window_limit := 0;
        v_fit.window_used := 0;
        v_fit.resets_at := NULL;
    END IF;
    -- In the order of the type's attributes.
    RETURN ROW(
        request.customer_id, request.purchase_id, request.purchase_number, request.request_hash, request.priced_at, request.shown_total,
        request.requested_at, request.product_ids, request.quantities, request.at_mosts,
        lines.total, lines.unit_prices, lines.price_valid_froms, lines.on_request,
        v_fit.over_by, v_fit.left_amount - v_bought - v_hold, v_fit.window_name, v_fit.window_limit, v_fit.window_used,
        v_fit.resets_at, v_counts AND v_fit.is_near,
        v_outcome,
        CASE WHEN v_counts THEN v_outcome ELSE 'refused' END,
        CASE v_outcome
            WHEN 'product_unavailable' THEN 'A product in it is no longer sold.'
            WHEN 'price_changed' THEN 'A price is above what was agreed to.'
            ELSE ''
        END,
        v_hold, CASE v_outcome WHEN 'processing' THEN hold_until END, CASE WHEN v_counts THEN account.settled_at END,
        account.last_sequence_number + 1, account.settled_at, account.amount, account.amount + v_bought, account.held,
        account.held + v_hold, account.limit_amount,
        CASE WHEN account.has_windows THEN v_fit.left_amount - v_bought - v_hold ELSE no_limit() END)::store.purchase_decision;
END
$body$;
