-- in: product_id, moment. The price that holds then, as far as prices are set; null: none.
-- Locks nothing, reads through the primary key.
CREATE OR REPLACE FUNCTION store.price_at(product_id bigint, moment timestamptz) RETURNS numeric
LANGUAGE sql
STABLE
SET search_path = store, pg_catalog, pg_temp
AS $body$
    SELECT CASE WHEN r.valid_to > price_at.moment THEN r.price::numeric END
    FROM (
        SELECT pp.price, pp.valid_to
        FROM product_price pp
        WHERE pp.product_id = price_at.product_id
          AND pp.valid_from <= price_at.moment
        ORDER BY pp.valid_from DESC
        LIMIT 1
    ) r
$body$;
