-- Lines that wait for a price, with the product's price now, where it has one.
CREATE OR REPLACE VIEW store.missing_line AS
SELECT
    r.customer_id,
    r.purchase_id,
    r.product_id,
    r.quantity,
    r.at_most,
    p.name,
    p.withdrawn_at,
    c.price,
    c.valid_from AS price_valid_from
FROM store.purchase_line_on_request r
JOIN store.product p ON p.product_id = r.product_id
LEFT JOIN store.current_price c ON c.product_id = r.product_id
WHERE NOT EXISTS (
    SELECT
    FROM store.purchase_line l
    WHERE l.customer_id = r.customer_id
      AND l.purchase_id = r.purchase_id
      AND l.product_id = r.product_id
);
