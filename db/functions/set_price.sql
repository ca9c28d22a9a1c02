-- in: product_id, price, valid_from (null: from now on), actor.
-- The price holds from valid_from until the next one that is already set. One that begins at the same future moment is
-- replaced, and product_change keeps what it was. Serialises the prices of one product by a lock on the product that does
-- not block purchases of it.
-- Outcomes: price_set, unchanged (that price holds then already), valid_from_in_past, unknown_product.
-- Errors: 25001, 40001, 23514 for an amount that is no price.
CREATE OR REPLACE FUNCTION store.set_price(product_id bigint, price numeric, valid_from timestamptz, actor text)
RETURNS TABLE (outcome text, price_valid_from timestamptz, price_valid_to timestamptz)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_current record;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    PERFORM FROM product p WHERE p.product_id = set_price.product_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown_product';
        RETURN NEXT;
        RETURN;
    END IF;

    price_valid_from := coalesce(set_price.valid_from, v_now);
    IF price_valid_from < v_now THEN
        outcome := 'valid_from_in_past';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT pp.valid_from, pp.valid_to, pp.price, pp.actor
    INTO v_current
    FROM product_price pp
    WHERE pp.product_id = set_price.product_id
      AND pp.valid_from <= set_price.price_valid_from
      AND pp.valid_to > set_price.price_valid_from
    ORDER BY pp.valid_from DESC
    LIMIT 1;

    IF v_current.price = set_price.price THEN
        outcome := 'unchanged';
        price_valid_from := v_current.valid_from;
        price_valid_to := v_current.valid_to;
        RETURN NEXT;
        RETURN;
    ELSIF v_current.valid_from = price_valid_from THEN
        DELETE FROM product_price pp
        WHERE pp.product_id = set_price.product_id
          AND pp.valid_from = set_price.price_valid_from;
        PERFORM record_product_change(
            set_price.product_id, NULL, 'price_replaced',
            jsonb_build_object('price', v_current.price::text, 'from', v_current.valid_from, 'set by', v_current.actor),
            jsonb_build_object('price', set_price.price::text), set_price.actor);
    ELSIF v_current.valid_from IS NOT NULL THEN
        UPDATE product_price pp
        SET valid_to = set_price.price_valid_from
        WHERE pp.product_id = set_price.product_id
          AND pp.valid_from = v_current.valid_from;
    END IF;

    SELECT coalesce(v_current.valid_to, min(pp.valid_from), 'infinity')
    INTO price_valid_to
    FROM product_price pp
    WHERE pp.product_id = set_price.product_id
      AND pp.valid_from > set_price.price_valid_from;

    INSERT INTO product_price (product_id, valid_from, valid_to, price, actor, set_at)
    VALUES (set_price.product_id, set_price.price_valid_from, set_price.price_valid_to, set_price.price, set_price.actor,
            v_now);
    outcome := 'price_set';
    RETURN NEXT;
END
$body$;
