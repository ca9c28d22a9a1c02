-- in: product_id; valid_from and price, of a future price as the admin's page showed it; actor ('admin 3').
-- The price that holds before it then holds until the one after it. Serialises the prices of one product as set_price does.
-- Outcomes: taken_back, began_already (it is history now), changed_meanwhile (another price begins at that moment),
-- unknown_price. Errors: 25001, 40001.
CREATE OR REPLACE FUNCTION store.take_back_price(product_id bigint, valid_from timestamptz, price numeric, actor text)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_row record;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    PERFORM FROM product p WHERE p.product_id = take_back_price.product_id FOR NO KEY UPDATE;

    SELECT pp.valid_from, pp.valid_to, pp.price, pp.actor
    INTO v_row
    FROM product_price pp
    WHERE pp.product_id = take_back_price.product_id
      AND pp.valid_from = take_back_price.valid_from;

    IF v_row.valid_from IS NULL THEN
        outcome := 'unknown_price';
    ELSIF v_row.valid_from <= clock_timestamp() THEN
        outcome := 'began_already';
    ELSIF v_row.price <> take_back_price.price THEN
        outcome := 'changed_meanwhile';
    ELSE
        DELETE FROM product_price pp
        WHERE pp.product_id = take_back_price.product_id
          AND pp.valid_from = take_back_price.valid_from;
        UPDATE product_price pp
        SET valid_to = v_row.valid_to
        WHERE pp.product_id = take_back_price.product_id
          AND pp.valid_to = take_back_price.valid_from;
        PERFORM record_product_change(
            take_back_price.product_id, NULL, 'price_taken_back',
            jsonb_build_object('price', v_row.price::text, 'from', v_row.valid_from, 'set by', v_row.actor), '{}',
            take_back_price.actor);
        outcome := 'taken_back';
    END IF;
    RETURN NEXT;
END
$body$;
