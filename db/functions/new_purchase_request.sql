-- in: what a checkout sent. Returns it as a request that was made now, with an order number of its own.
-- Errors: PL001 something is missing.
CREATE OR REPLACE FUNCTION store.new_purchase_request(
    customer_id bigint,
    purchase_id uuid,
    priced_at timestamptz,
    shown_total numeric,
    product_ids bigint[],
    quantities bigint[],
    at_mosts numeric[]
)
RETURNS store.purchase_request
LANGUAGE plpgsql
AS $body$
BEGIN
    IF num_nulls(customer_id, purchase_id, priced_at, shown_total) > 0 THEN
        RAISE EXCEPTION 'a purchase has a customer, a key, a time and a total' USING ERRCODE = 'PL001';
    END IF;
    -- In the order of the table's columns.
    RETURN ROW(customer_id, purchase_id, nextval('purchase_number_sequence'),
               hash_purchase_request(priced_at, shown_total, product_ids, quantities, at_mosts),
               priced_at, shown_total, product_ids, quantities, at_mosts, clock())::purchase_request;
END
$body$;
