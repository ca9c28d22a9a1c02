-- in: customer_id, purchase_id. As cancel_purchase, by the customer: who says so is not the caller's to choose.
CREATE OR REPLACE FUNCTION store.cancel_own_purchase(customer_id bigint, purchase_id uuid)
RETURNS TABLE (outcome text, status text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
BEGIN
    RETURN QUERY
    SELECT c.outcome, c.status
    FROM cancel_purchase(customer_id, purchase_id, '', 'customer ' || customer_id) c;
END
$body$;
