-- in: customer_id. Every money function begins here.
-- Locks the customer's row in customer_purchased_amount until COMMIT: whoever else would write money of this customer waits
-- there, nobody of another customer does. Then settles what is due (see settle_due), so that a hold whose deadline has
-- passed counts no more and a limit whose day has come does, whether or not a worker ran.
-- Returns the row as it then is, settled_at being the moment of everything this transaction decides; all null when there is no
-- such customer. Errors: 25001 not SERIALIZABLE or not durable, 40001 try again.
CREATE OR REPLACE FUNCTION store.lock_customer(customer_id bigint) RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_account store.customer_purchased_amount;
    v_now timestamptz;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    SELECT a.*
    INTO v_account
    FROM customer_purchased_amount a
    WHERE a.customer_id = lock_customer.customer_id
    FOR UPDATE;
    -- Never before what was decided last, should the clock have been set back.
    v_now := greatest(clock(), v_account.settled_at);
    IF v_account.next_due_at <= v_now THEN
        RETURN settle_due(v_account, v_now);
    END IF;
    v_account.settled_at := v_now;
    RETURN v_account;
END
$body$;
