-- in: customer_id, limit_request_id, reason (the customer reads it), actor.
-- Locks the customer's row until COMMIT. The limit stays as it is.
-- Outcomes: denied, already_decided (status says how), own_request (nobody decides their own), unknown_request.
-- Errors: 25001, 40001, PL001 without a reason.
CREATE OR REPLACE FUNCTION store.deny_limit_request(customer_id bigint, limit_request_id uuid, reason text, actor text)
RETURNS TABLE (outcome text, status text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
BEGIN
    RETURN QUERY
    SELECT * FROM close_limit_request(customer_id, limit_request_id, 'denied', reason, actor);
END
$body$;
