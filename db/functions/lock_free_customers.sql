-- in: customer_ids; waiting_ids, those of them whose requests wait for a worker.
-- Locks until COMMIT, as lock_customer does, the rows of those at whom nobody else is at work, who are not frozen and have nothing
-- due and nothing waiting. Waits for nobody. Does not look at their ledgers: a page of its index is read only once it was
-- written, or two transactions of several customers would roll each other back (facts 12b). So who writes events for them
-- calls check_last_events afterwards.
-- Returns the rows by customer_id, ascending. Errors: 25001 not SERIALIZABLE or not durable, 40001 try again.
CREATE OR REPLACE FUNCTION store.lock_free_customers(customer_ids bigint[], waiting_ids bigint[])
RETURNS store.customer_purchased_amount[]
LANGUAGE plpgsql
AS $body$
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;
    RETURN ARRAY(
        SELECT free.a
        FROM (SELECT DISTINCT c.customer_id FROM unnest(customer_ids) AS c (customer_id)) asked
        CROSS JOIN LATERAL ( -- one by one: for ANY the planner may read the rows of others, too, and what is read is locked
            SELECT a
            FROM customer_purchased_amount a
            WHERE a.customer_id = asked.customer_id
              AND a.customer_id <> ALL (waiting_ids)
              AND a.next_due_at > clock()
              AND NOT a.is_frozen
            LIMIT 1
            FOR UPDATE SKIP LOCKED
        ) free
        ORDER BY asked.customer_id
    );
END
$body$;
