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
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_request purchase_request;
BEGIN
    IF num_nulls(customer_id, purchase_id, priced_at, shown_total) > 0 THEN
        RAISE EXCEPTION 'a purchase has a customer, a key, a time and a total' USING ERRCODE = 'PL001';
    END IF;
    v_request.customer_id := customer_id;
    v_request.purchase_id := purchase_id;
    v_request.purchase_number := nextval('purchase_number_sequence');
    v_request.request_hash := hash_purchase_request(priced_at, shown_total, product_ids, quantities, at_mosts);
    v_request.priced_at := priced_at;
    v_request.shown_total := shown_total;
    v_request.product_ids := product_ids;
    v_request.quantities := quantities;
    v_request.at_mosts := at_mosts;
    v_request.requested_at := clock_timestamp();
    RETURN v_request;
END
$body$;
