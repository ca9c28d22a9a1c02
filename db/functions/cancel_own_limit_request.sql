-- in: customer_id, limit_request_id. As cancel_limit_request, for the customer's own page.
CREATE OR REPLACE FUNCTION store.cancel_own_limit_request(customer_id bigint, limit_request_id uuid)
RETURNS TABLE (outcome text, status text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN QUERY
    SELECT * FROM cancel_limit_request(customer_id, limit_request_id, 'customer ' || customer_id);
END
$body$;
