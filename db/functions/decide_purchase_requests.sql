-- in: customer_id; how many at most. For workers.
-- Locks the customer's row until COMMIT and decides what this customer asked for and is not decided yet, oldest first
-- (decide_waiting_purchases). Also where no request waits: what is due in the row is settled then. Several workers at once
-- decide each request once: one has the lock, the others find nothing.
-- Returns how many events that made: 0, nothing was to be done; null, there is no such customer. Errors: 25001, 40001.
CREATE OR REPLACE FUNCTION store.decide_purchase_requests(customer_id bigint, at_most bigint) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    -- Read before the lock, from the snapshot that the lock is taken in as well: 40001 where somebody was faster.
    v_events_before bigint := (
        SELECT a.last_sequence_number
        FROM customer_purchased_amount a
        WHERE a.customer_id = decide_purchase_requests.customer_id
    );
    v_account customer_purchased_amount := decide_waiting_purchases(lock_customer(customer_id), at_most);
BEGIN
    RETURN v_account.last_sequence_number - v_events_before;
END
$body$;
