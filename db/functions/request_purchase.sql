-- in: as place_purchase.
-- While the store defers confirmation: writes down what was asked for and takes no lock of the customer's, so any number of
-- one customer's requests are taken at once; a worker decides them in order, under the rules of place_purchase. Runs in READ
-- COMMITTED, because it decides nothing: should the same key be decided at this very moment, the worker finds it decided.
-- Outcomes: processing; busy (500 of this customer's wait already; nothing recorded); already_recorded (status is what it is by now); price_changed and product_unavailable as of
-- place_purchase; confirms_at_once (the store does not defer: ask place_purchase); key_reused; unknown_customer.
-- Errors: 25001 not durable, PL001 the arguments are not what a checkout sends, PL003 the customer is frozen.
CREATE OR REPLACE FUNCTION store.request_purchase(
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
SET plan_cache_mode = force_generic_plan -- facts 12c
AS $body$
DECLARE
    v_request purchase_request := new_purchase_request(customer_id, purchase_id, priced_at, shown_total, product_ids,
                                                       quantities, at_mosts);
    v_priced_at timestamptz;
    v_setting store_setting;
    v_lines priced_lines;
    v_is_frozen boolean;
    v_known record;
    v_waiting bigint;
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    SELECT s.* INTO v_setting FROM store_setting s WHERE s.store_setting_id = 1;
    IF NOT v_setting.deferred_confirmation THEN
        outcome := 'confirms_at_once';
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT a.is_frozen INTO v_is_frozen FROM customer_purchased_amount a WHERE a.customer_id = request_purchase.customer_id;
    IF NOT FOUND THEN
        outcome := 'unknown_customer';
        RETURN NEXT;
        RETURN;
    ELSIF v_is_frozen THEN
        -- Nobody would decide it; as lock_customer says it.
        RAISE EXCEPTION 'customer % is frozen', request_purchase.customer_id USING ERRCODE = 'PL003';
    END IF;

    LOOP
        SELECT k.request_hash, k.status
        INTO v_known
        FROM (
            SELECT p.request_hash, p.status
            FROM purchase p
            WHERE p.customer_id = request_purchase.customer_id
              AND p.purchase_id = request_purchase.purchase_id
            UNION ALL
            SELECT r.request_hash, 'processing'
            FROM purchase_request r
            WHERE r.customer_id = request_purchase.customer_id
              AND r.purchase_id = request_purchase.purchase_id
        ) k
        LIMIT 1;
        IF FOUND THEN
            total := NULL;
            outcome := CASE WHEN v_known.request_hash = v_request.request_hash THEN 'already_recorded' ELSE 'key_reused' END;
            status := CASE outcome WHEN 'already_recorded' THEN v_known.status END;
            EXIT;
        END IF;

        v_priced_at := priced_as_of(v_request, v_setting.quote_life);
        v_lines := price_lines(product_ids, quantities, at_mosts, v_priced_at, v_request.requested_at);
        total := v_lines.total;
        outcome := refuse_quote(v_request, v_priced_at, v_lines);
        IF outcome IS NOT NULL THEN
            IF outcome = 'product_unavailable' THEN
                product_id := v_lines.unavailable_product_id;
            END IF;
            EXIT;
        END IF;

        -- About: requests of the same instant do not see each other. What may wait is what place_purchases decides on its way.
        SELECT count(*)
        INTO v_waiting
        FROM (
            SELECT
            FROM purchase_request r
            WHERE r.customer_id = request_purchase.customer_id
            LIMIT 500
        ) r;
        IF v_waiting = 500 THEN
            outcome := 'busy';
            EXIT;
        END IF;

        INSERT INTO purchase_request SELECT v_request.*
        ON CONFLICT ON CONSTRAINT purchase_request_pkey DO NOTHING;
        IF FOUND THEN
            outcome := 'processing';
            status := 'processing';
            PERFORM empty_cart(customer_id, product_ids);
            EXIT;
        END IF;
        -- The same key at the same instant: the first one stands, and is seen by now.
    END LOOP;
    RETURN NEXT;
END
$body$;
