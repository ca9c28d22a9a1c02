-- in: customer_id, product_ids. What was taken leaves the customer's cart. Not money.
CREATE OR REPLACE FUNCTION store.empty_cart(customer_id bigint, product_ids bigint[]) RETURNS void
LANGUAGE plpgsql -- not sql: that is planned anew at every call
AS $body$
BEGIN
    DELETE FROM cart_line c
    WHERE c.customer_id = empty_cart.customer_id
      AND c.product_id = ANY (empty_cart.product_ids);
END
$body$;
