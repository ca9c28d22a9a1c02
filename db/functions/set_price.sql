-- in: product_id, price, valid_from (null: from now on), actor.
-- Sets it as record_price does. Serialises the prices of one product by a lock on the product that does not block purchases
-- of it.
-- Outcomes: price_set, unchanged (that price holds then already), valid_from_in_past, unknown_product.
-- Errors: 25001, 40001, 23514 for an amount that is no price.
CREATE OR REPLACE FUNCTION store.set_price(product_id bigint, price numeric, valid_from timestamptz, actor text)
RETURNS TABLE (outcome text, price_valid_from timestamptz, price_valid_to timestamptz)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
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

    RETURN QUERY
    SELECT r.outcome, r.price_valid_from, r.price_valid_to
    FROM record_price(set_price.product_id, set_price.price, set_price.valid_from, set_price.actor) r;
END
$body$;
