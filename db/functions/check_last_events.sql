-- in: customers' rows as they were when lock_free_customers locked them; what was decided since is written.
-- Fails, and all that was written with it, where a row was not what the ledger's last event said: see lock_customer, which looks
-- before anything is written. Errors: PL003 a customer is to be frozen.
CREATE OR REPLACE FUNCTION store.check_last_events(accounts store.customer_purchased_amount[]) RETURNS void
LANGUAGE plpgsql
AS $body$
DECLARE
    v_customer_id bigint;
BEGIN
    -- Customer by customer: for a join the planner may read the rows of all.
    SELECT a.customer_id
    INTO v_customer_id
    FROM unnest(accounts) a
    LEFT JOIN LATERAL (
        SELECT (n.amount_after, n.held_after, n.limit_at_time) = (a.amount, a.held, a.limit_amount) AS is_same
        FROM customer_event n
        WHERE n.customer_id = a.customer_id
          AND n.sequence_number = a.last_sequence_number
        LIMIT 1
    ) e ON true
    CROSS JOIN LATERAL (
        SELECT max(n.sequence_number) AS sequence_number
        FROM customer_event n
        WHERE n.customer_id = a.customer_id
          AND n.sequence_number >= a.last_sequence_number
    ) last
    CROSS JOIN LATERAL (
        SELECT w.last_sequence_number
        FROM customer_purchased_amount w
        WHERE w.customer_id = a.customer_id
        LIMIT 1
    ) written
    WHERE e.is_same IS DISTINCT FROM true
       OR last.sequence_number IS DISTINCT FROM written.last_sequence_number
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'customer % is frozen: the row and the ledger differ, or did', v_customer_id
            USING ERRCODE = 'PL003';
    END IF;
END
$body$;
