-- in: customer_id, limit_request_id, actor: who asked, and asks no more.
-- Locks the customer's row until COMMIT. Outcomes: cancelled, already_decided (status says how), unknown_request (also where
-- somebody else asked). Errors: 25001, 40001.
CREATE OR REPLACE FUNCTION store.cancel_limit_request(customer_id bigint, limit_request_id uuid, actor text)
RETURNS TABLE (outcome text, status text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
BEGIN
    RETURN QUERY
    SELECT * FROM close_limit_request(customer_id, limit_request_id, 'cancelled', 'Taken back by who asked', actor);
END
$body$;
