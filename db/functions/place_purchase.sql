-- in: customer_id; purchase_id, the idempotency key that the checkout page made; priced_at and shown_total, what that
-- page said; product_ids and quantities, its lines, product ids ascending and each once.
-- Reads prices, then locks the customer's row in customer_purchased_amount until COMMIT: whoever else would write money
-- of this customer waits there, nobody of another customer does. Writes one event, the purchase, its lines, the row.
-- Outcomes: confirmed, already_recorded (status, total and so on are those of the first time), over_limit (recorded as
-- a refusal), price_changed (total is the new one; nothing recorded), product_unavailable (product_id is the first),
-- key_reused, unknown_customer. left_amount is what may still be bought after the outcome, over_by by how much the
-- purchase would have passed the limit.
-- Errors: 25001 not SERIALIZABLE or not durable, 40001 try again, PL001 the arguments are not what a checkout sends.
CREATE OR REPLACE FUNCTION store.place_purchase(
    customer_id bigint,
    purchase_id uuid,
    priced_at timestamptz,
    shown_total numeric,
    product_ids bigint[],
    quantities bigint[]
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
    v_now timestamptz := clock_timestamp();
    v_priced_at timestamptz := v_now; -- or the page's, while its quote holds
    v_request_hash bytea := sha256(convert_to(
        -- Written so that no setting of a session (DateStyle, TimeZone) and no trailing zero makes another text of it.
        concat_ws('|', extract(epoch FROM place_purchase.priced_at), trim_scale(place_purchase.shown_total),
                  place_purchase.product_ids, place_purchase.quantities), 'UTF8'));
    v_unit_prices numeric[];
    v_price_valid_froms timestamptz[];
    v_row record;
    v_known record;
    v_amount_after numeric;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;
    IF num_nulls(place_purchase.purchase_id, place_purchase.priced_at, place_purchase.shown_total) > 0 THEN
        RAISE EXCEPTION 'a purchase has a key, a time and a total' USING ERRCODE = 'PL001';
    END IF;

    -- Before the lock: what need not be read under it is not. A time in the future was not on any page of ours.
    IF place_purchase.priced_at <= v_now
       AND place_purchase.priced_at > v_now - (SELECT s.quote_life FROM store_setting s WHERE s.store_setting_id = 1) THEN
        v_priced_at := place_purchase.priced_at;
    END IF;
    SELECT l.total, l.unit_prices, l.price_valid_froms, l.unavailable_product_id
    INTO total, v_unit_prices, v_price_valid_froms, product_id
    FROM price_lines(place_purchase.product_ids, place_purchase.quantities, v_priced_at, v_now) l;

    SELECT a.amount, a.held, a.limit_amount, a.last_sequence_number
    INTO v_row
    FROM customer_purchased_amount a
    WHERE a.customer_id = place_purchase.customer_id
    FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown_customer';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT r.request_hash, r.status, r.total, r.left_amount, r.over_by, r.sequence_number
    INTO v_known
    FROM purchase_receipt r
    WHERE r.customer_id = place_purchase.customer_id
      AND r.purchase_id = place_purchase.purchase_id;
    IF FOUND THEN
        product_id := NULL;
        total := NULL;
        outcome := 'key_reused';
        IF v_known.request_hash = v_request_hash THEN
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

    left_amount := greatest(v_row.limit_amount - v_row.amount - v_row.held, 0);
    IF product_id IS NOT NULL OR v_priced_at <> place_purchase.priced_at OR total > place_purchase.shown_total THEN
        outcome := CASE WHEN product_id IS NOT NULL THEN 'product_unavailable' ELSE 'price_changed' END;
        RETURN NEXT;
        RETURN;
    END IF;

    v_amount_after := v_row.amount + total;
    over_by := greatest(v_amount_after + v_row.held - v_row.limit_amount, 0);
    IF over_by > 0 THEN
        outcome := 'over_limit';
        status := 'refused';
        v_amount_after := v_row.amount;
    ELSE
        outcome := 'confirmed';
        status := 'confirmed';
        left_amount := left_amount - total;
    END IF;
    sequence_number := v_row.last_sequence_number + 1;

    INSERT INTO customer_event (customer_id, sequence_number, kind, purchase_id, amount, amount_before, amount_after,
                                held_before, held_after, limit_at_time, actor, reason)
    VALUES (place_purchase.customer_id, place_purchase.sequence_number, 'purchase_' || status,
            place_purchase.purchase_id, total, v_row.amount, v_amount_after, v_row.held, v_row.held,
            v_row.limit_amount, 'customer ' || place_purchase.customer_id, '');

    INSERT INTO purchase (customer_id, purchase_id, request_hash, status, total, priced_at, shown_total, sequence_number)
    VALUES (place_purchase.customer_id, place_purchase.purchase_id, v_request_hash, place_purchase.status,
            place_purchase.total, place_purchase.priced_at, place_purchase.shown_total, place_purchase.sequence_number);

    INSERT INTO purchase_line (customer_id, purchase_id, product_id, quantity, unit_price, price_valid_from)
    SELECT place_purchase.customer_id, place_purchase.purchase_id, l.product_id, l.quantity, l.unit_price, l.valid_from
    FROM unnest(place_purchase.product_ids, place_purchase.quantities, v_unit_prices, v_price_valid_froms)
        AS l (product_id, quantity, unit_price, valid_from);

    -- The second lock: it holds even where the row lock would not (a shard being moved).
    UPDATE customer_purchased_amount a
    SET amount = v_amount_after,
        ceiling = greatest(v_row.limit_amount, v_amount_after + v_row.held),
        last_sequence_number = place_purchase.sequence_number
    WHERE a.customer_id = place_purchase.customer_id
      AND a.last_sequence_number = v_row.last_sequence_number;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the row of customer % moved under its lock', place_purchase.customer_id
            USING ERRCODE = '40001';
    END IF;

    IF status = 'confirmed' THEN
        DELETE FROM cart_line c
        WHERE c.customer_id = place_purchase.customer_id
          AND c.product_id = ANY (place_purchase.product_ids);
    END IF;
    RETURN NEXT;
END
$body$;
