-- in: product_id, of a product that the caller holds locked; price, valid_from (null: from now on), actor.
-- The price holds from valid_from until the next one that is already set. One that begins at the same future moment is
-- replaced, and product_change keeps what it was.
-- Outcomes: price_set, unchanged (that price holds then already), valid_from_in_past.
-- Errors: 23514 for an amount that is no price.
CREATE OR REPLACE FUNCTION store.record_price(product_id bigint, price numeric, valid_from timestamptz, actor text)
RETURNS TABLE (outcome text, price_valid_from timestamptz, price_valid_to timestamptz)
LANGUAGE plpgsql
AS $body$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_current record;
BEGIN
    price_valid_from := coalesce(record_price.valid_from, v_now);
    IF price_valid_from < v_now THEN
        outcome := 'valid_from_in_past';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT pp.valid_from, pp.valid_to, pp.price, pp.actor
    INTO v_current
    FROM product_price pp
    WHERE pp.product_id = record_price.product_id
      AND pp.valid_from <= record_price.price_valid_from
      AND pp.valid_to > record_price.price_valid_from
    ORDER BY pp.valid_from DESC
    LIMIT 1;

    IF v_current.price = record_price.price THEN
        outcome := 'unchanged';
        price_valid_from := v_current.valid_from;
        price_valid_to := v_current.valid_to;
        RETURN NEXT;
        RETURN;
    ELSIF v_current.valid_from = price_valid_from THEN
        DELETE FROM product_price pp
        WHERE pp.product_id = record_price.product_id
          AND pp.valid_from = record_price.price_valid_from;
        PERFORM record_product_change(
            record_price.product_id, NULL, 'price_replaced',
            jsonb_build_object('price', v_current.price::text, 'from', v_current.valid_from, 'set by', v_current.actor),
            jsonb_build_object('price', record_price.price::text), record_price.actor);
    ELSIF v_current.valid_from IS NOT NULL THEN
        UPDATE product_price pp
        SET valid_to = record_price.price_valid_from
        WHERE pp.product_id = record_price.product_id
          AND pp.valid_from = v_current.valid_from;
    ELSE
        -- A SERIALIZABLE one that waits for the product goes by a snapshot from before this price: it fails with 40001 when a row
        -- that it read was changed, and nothing else would be.
        UPDATE product p
        SET revision = p.revision
        WHERE p.product_id = record_price.product_id;
    END IF;

    SELECT coalesce(v_current.valid_to, min(pp.valid_from), 'infinity')
    INTO price_valid_to
    FROM product_price pp
    WHERE pp.product_id = record_price.product_id
      AND pp.valid_from > record_price.price_valid_from;

    INSERT INTO product_price (product_id, valid_from, valid_to, price, actor, set_at)
    VALUES (record_price.product_id, record_price.price_valid_from, record_price.price_valid_to, record_price.price, record_price.actor,
            v_now);
    outcome := 'price_set';
    RETURN NEXT;
END
$body$;
