-- in: customer_id. Every money function begins here.
-- Locks the customer's row in customer_purchased_amount until COMMIT: whoever else would write money of this customer waits
-- there, nobody of another customer does. Refuses a customer that is frozen, and one whose row is not what the ledger's last
-- event says: then nothing is written before somebody has looked (freeze_customer). Then settles what is due (see
-- settle_due), so that a hold whose deadline has passed counts no more and a limit whose day has come does, whether or not a
-- worker ran.
-- Returns the row as it then is, settled_at being the moment of everything this transaction decides; all null when there is no
-- such customer. Errors: 25001 not SERIALIZABLE or not durable, 40001 try again, PL003 frozen or to be frozen.
CREATE OR REPLACE FUNCTION store.lock_customer(customer_id bigint) RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_account store.customer_purchased_amount;
    v_locked record;
    v_now timestamptz;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    -- One statement, and of the ledger what the foreign key of the next event reads as well: it costs next to nothing.
    SELECT a, e.is_last
    INTO v_locked
    FROM customer_purchased_amount a
    LEFT JOIN LATERAL (
        SELECT (n.sequence_number, n.amount_after, n.held_after, n.limit_at_time)
               = (a.last_sequence_number, a.amount, a.held, a.limit_amount) AS is_last
        FROM customer_event n
        WHERE n.customer_id = a.customer_id
          AND n.sequence_number >= a.last_sequence_number
        ORDER BY n.sequence_number DESC
        LIMIT 1
    ) e ON true
    WHERE a.customer_id = lock_customer.customer_id
    FOR UPDATE OF a;
    v_account := v_locked.a;
    IF v_account.is_frozen OR v_account.customer_id IS NOT NULL AND v_locked.is_last IS DISTINCT FROM true THEN
        RAISE EXCEPTION 'customer % is frozen: the row and the ledger differ, or did', lock_customer.customer_id
            USING ERRCODE = 'PL003';
    END IF;
    -- Never before what was decided last, should the clock have been set back.
    v_now := greatest(clock(), v_account.settled_at);
    IF v_account.next_due_at <= v_now THEN
        RETURN settle_due(v_account, v_now);
    END IF;
    v_account.settled_at := v_now;
    RETURN v_account;
END
$body$;
