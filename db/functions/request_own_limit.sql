-- in: as request_limit. For the customer's own page: asks for the customer.
CREATE OR REPLACE FUNCTION store.request_own_limit(
    customer_id bigint,
    limit_request_id uuid,
    window_name text,
    limit_wanted numeric,
    valid_to timestamptz,
    note text
)
RETURNS TABLE (outcome text, limit_amount numeric)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN QUERY
    SELECT *
    FROM request_limit(customer_id, limit_request_id, window_name, limit_wanted, valid_to, note, 'customer ' || customer_id);
END
$body$;
