-- in: customer_id; purchase_id, the idempotency key that the checkout page made; priced_at and shown_total, what that
-- page said; product_ids, quantities and at_mosts, its lines, product ids ascending and each once, at_mosts null where the
-- page showed a price.
-- Reads prices, then locks the customer's row until COMMIT (lock_customer), decides first what waits for a worker, so that
-- nothing overtakes it, and then this (decide_purchase).
-- Outcomes: confirmed; processing (held until a missing price comes); already_recorded (status, total and so on are those
-- of the first time); over_limit (recorded as a refusal); price_changed (total is the new one; nothing recorded);
-- product_unavailable (product_id is the first; nothing recorded); confirms_later (the store defers confirmation: ask
-- request_purchase; nothing recorded); key_reused; unknown_customer. left_amount is what may still be bought after the
-- outcome, over_by by how much the purchase would have passed the limit.
-- Errors: 25001 not SERIALIZABLE or not durable, 40001 try again, PL001 the arguments are not what a checkout sends, PL003 the
-- customer is frozen (lock_customer; so of every money function).
CREATE OR REPLACE FUNCTION store.place_purchase(
    customer_id bigint,
    purchase_id uuid,
    priced_at timestamptz,
    shown_total numeric,
    product_ids bigint[],
    quantities bigint[],
    at_mosts numeric[]
)
RETURNS TABLE (outcome text, status text, total numeric, left_amount numeric, over_by numeric,
               sequence_number bigint, product_id bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off -- on small tables a sequential scan would lock all of it against everybody (facts 4)
SET plan_cache_mode = force_generic_plan -- facts 12c
AS $body$
DECLARE
    v_request purchase_request := new_purchase_request(customer_id, purchase_id, priced_at, shown_total, product_ids,
                                                       quantities, at_mosts);
    v_priced_at timestamptz;
    v_setting store_setting;
    v_lines priced_lines;
    v_account customer_purchased_amount;
    v_known record;
    v_decision record;
BEGIN
    -- Before the lock: what need not be read under it is not.
    SELECT s.* INTO v_setting FROM store_setting s WHERE s.store_setting_id = 1;
    IF v_setting.deferred_confirmation THEN
        outcome := 'confirms_later';
        RETURN NEXT;
        RETURN;
    END IF;
    v_priced_at := priced_as_of(v_request, v_setting.quote_life);
    v_lines := price_lines(product_ids, quantities, at_mosts, v_priced_at, v_request.requested_at);

    v_account := lock_customer(customer_id);
    IF v_account.customer_id IS NULL THEN
        outcome := 'unknown_customer';
        RETURN NEXT;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM purchase_request r WHERE r.customer_id = v_account.customer_id) THEN
        v_account := decide_waiting_purchases(v_account, NULL);
    END IF;

    SELECT r.request_hash, r.status, r.total, r.left_amount, r.over_by, r.sequence_number
    INTO v_known
    FROM purchase_receipt r
    WHERE r.customer_id = place_purchase.customer_id
      AND r.purchase_id = place_purchase.purchase_id;
    IF FOUND THEN
        outcome := 'key_reused';
        IF v_known.request_hash = v_request.request_hash THEN
            outcome := 'already_recorded';
            status := v_known.status;
            total := v_known.total;
            left_amount := v_known.left_amount;
            over_by := v_known.over_by;
            sequence_number := v_known.sequence_number;
        END IF;
        RETURN NEXT;
        RETURN;
    END IF;

    total := v_lines.total;
    outcome := refuse_quote(v_request, v_priced_at, v_lines);
    IF outcome IS NULL THEN
        SELECT * INTO v_decision FROM decide_purchase(v_account, v_request, v_lines,
                                                      v_request.requested_at + v_setting.hold_life);
        v_account := v_decision.account;
        outcome := v_decision.outcome;
        over_by := (v_decision.fit).over_by;
        left_amount := (v_decision.fit).left_amount;
        sequence_number := v_account.last_sequence_number;
        status := CASE outcome WHEN 'over_limit' THEN 'refused' ELSE outcome END;
        IF status <> 'refused' THEN
            PERFORM empty_cart(customer_id, product_ids);
        END IF;
    ELSIF outcome = 'product_unavailable' THEN
        product_id := v_lines.unavailable_product_id;
    END IF;
    left_amount := coalesce(left_amount, (fit_purchase(v_account, 0)).left_amount);
    RETURN NEXT;
END
$body$;
