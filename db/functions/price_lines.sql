-- in: product_ids, quantities and at_mosts of one purchase; priced_at, the moment whose prices hold; decided_at, now.
-- Returns how they are priced, and fails, as price_requests does.
CREATE OR REPLACE FUNCTION store.price_lines(
    product_ids bigint[],
    quantities bigint[],
    at_mosts numeric[],
    priced_at timestamptz,
    decided_at timestamptz
)
RETURNS store.priced_lines
LANGUAGE plpgsql
STABLE
AS $body$
DECLARE
    v_request store.purchase_request;
    v_lines store.priced_lines[];
BEGIN
    v_request.product_ids := product_ids;
    v_request.quantities := quantities;
    v_request.at_mosts := at_mosts;
    v_lines := price_requests(ARRAY[v_request], ARRAY[priced_at], decided_at);
    RETURN v_lines[1];
END
$body$;
