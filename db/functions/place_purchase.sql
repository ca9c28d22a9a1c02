-- in: one purchase, as place_purchases takes several: customer_id; purchase_id, the idempotency key; priced_at and shown_total,
-- what the page said; product_ids, quantities and at_mosts, its lines. Outcomes and errors: as there.
CREATE OR REPLACE FUNCTION store.place_purchase(
    customer_id bigint,
    purchase_id uuid,
    priced_at timestamptz,
    shown_total numeric,
    product_ids bigint[],
    quantities bigint[],
    at_mosts numeric[]
)
RETURNS TABLE (outcome text, status text, total numeric, left_amount numeric, over_by numeric,
               sequence_number bigint, product_id bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN QUERY
    SELECT p.*
    FROM place_purchases(ARRAY[customer_id], ARRAY[purchase_id], ARRAY[priced_at], ARRAY[shown_total],
                         ARRAY[cardinality(product_ids)::bigint], product_ids, quantities, at_mosts, may_be_known => true) p;
END
$body$;
