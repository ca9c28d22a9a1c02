-- in: customer_id; how many at most. For workers.
-- Locks the customer's row until COMMIT and decides what this customer asked for and is not decided yet, oldest first
-- (decide_waiting_purchases). Also where no request waits: what is due in the row is settled then. Several workers at once
-- decide each request once: one has the lock, the others find nothing.
-- Returns how many it decided, null where there is no such customer. Errors: 25001, 40001.
CREATE OR REPLACE FUNCTION store.decide_purchase_requests(customer_id bigint, at_most bigint) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_before customer_purchased_amount := lock_customer(customer_id);
BEGIN
    RETURN (decide_waiting_purchases(v_before, at_most)).last_sequence_number - v_before.last_sequence_number;
END
$body$;
