-- in: change_id, the idempotency key that the admin's page made; category_id, name, description, tile; actor ('admin 3').
-- Reads the category, locks nothing that exists. The product has no price yet: price on request.
-- Outcomes: created, already_recorded (the same key made this product before), key_reused (it made another one),
-- unknown_category. Errors: 25001, 40001, 23514 for text that no product can have.
CREATE OR REPLACE FUNCTION store.create_product(
    change_id uuid,
    category_id bigint,
    name text,
    description text,
    tile text,
    actor text
)
RETURNS TABLE (outcome text, product_id bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_category text;
    v_after jsonb;
    v_known record;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    SELECT c.name INTO v_category FROM category c WHERE c.category_id = create_product.category_id;
    v_after := jsonb_build_object('name', create_product.name, 'description', create_product.description,
                                  'category', v_category, 'drawing', create_product.tile);

    SELECT c.product_id, c.kind, c.after, c.actor
    INTO v_known
    FROM product_change c
    WHERE c.change_id = create_product.change_id;
    IF FOUND THEN
        outcome := 'key_reused';
        IF (v_known.kind, v_known.after, v_known.actor) = ('created', v_after, create_product.actor) THEN
            outcome := 'already_recorded';
            product_id := v_known.product_id;
        END IF;
        RETURN NEXT;
        RETURN;
    END IF;

    IF v_category IS NULL THEN
        outcome := 'unknown_category';
        RETURN NEXT;
        RETURN;
    END IF;

    INSERT INTO product AS p (category_id, name, description, tile, revision)
    VALUES (create_product.category_id, create_product.name, create_product.description, create_product.tile, 1)
    RETURNING p.product_id INTO product_id;

    INSERT INTO product_change (product_id, revision, change_id, kind, before, after, actor, occurred_at)
    VALUES (create_product.product_id, 1, create_product.change_id, 'created', '{}', v_after, create_product.actor,
            clock_timestamp());
    outcome := 'created';
    RETURN NEXT;
END
$body$;
