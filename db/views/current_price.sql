-- The price of each product now. No row: price on request. valid_to is 'infinity' until a later price is set.
CREATE OR REPLACE VIEW store.current_price AS
SELECT
    p.product_id,
    r.price,
    r.valid_from,
    r.valid_to
FROM store.product p
CROSS JOIN LATERAL (
    -- The newest that began, through the primary key; it is the current one unless it ended.
    SELECT pp.price, pp.valid_from, pp.valid_to
    FROM store.product_price pp
    WHERE pp.product_id = p.product_id
      AND pp.valid_from <= statement_timestamp()
    ORDER BY pp.valid_from DESC
    LIMIT 1
) r
WHERE r.valid_to > statement_timestamp();
