-- in: customer_id (drawn from store.customer_id_sequence), display_name, actor.
-- Creates the customer, the first event and the row that every purchase will lock: in one transaction, because
-- FOR UPDATE on a row that is not there locks nothing (facts 6).
-- Locks nothing that exists. Outcomes: registered, already_registered.
CREATE OR REPLACE FUNCTION store.register_customer(customer_id bigint, display_name text, actor text)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_limit_amount numeric;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    IF EXISTS (SELECT FROM customer c WHERE c.customer_id = register_customer.customer_id) THEN
        outcome := 'already_registered';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT s.default_limit INTO STRICT v_limit_amount FROM store_setting s WHERE s.store_setting_id = 1;

    INSERT INTO customer (customer_id, display_name, registered_at)
    VALUES (register_customer.customer_id, register_customer.display_name, clock_timestamp());

    INSERT INTO customer_event (customer_id, sequence_number, kind, amount, amount_before, amount_after,
                                held_before, held_after, limit_at_time, actor, reason)
    VALUES (register_customer.customer_id, 1, 'customer_registered', 0, 0, 0, 0, 0, v_limit_amount,
            register_customer.actor, '');

    INSERT INTO customer_purchased_amount (customer_id, amount, held, limit_amount, ceiling, last_sequence_number)
    VALUES (register_customer.customer_id, 0, 0, v_limit_amount, v_limit_amount, 1);

    outcome := 'registered';
    RETURN NEXT;
END
$body$;
