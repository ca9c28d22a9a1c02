-- in: customer_id (drawn from store.customer_id_sequence), display_name, actor.
-- Creates the customer, the first event, the limits that new customers begin with and the row that every purchase will lock: in one transaction, because
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
    v_setting store_setting;
    v_now timestamptz;
    v_account customer_purchased_amount;
    v_default record;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    IF EXISTS (SELECT FROM customer c WHERE c.customer_id = register_customer.customer_id) THEN
        outcome := 'already_registered';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT s.* INTO STRICT v_setting FROM store_setting s WHERE s.store_setting_id = 1;

    -- An event is stamped by a transaction that has its id: see report.set_mark.
    PERFORM pg_current_xact_id();
    v_now := clock();
    INSERT INTO customer (customer_id, display_name, registered_at)
    VALUES (register_customer.customer_id, register_customer.display_name, v_now);

    INSERT INTO customer_event (customer_id, sequence_number, kind, amount, amount_before, amount_after,
                                held_before, held_after, limit_at_time, actor, reason, occurred_at)
    VALUES (register_customer.customer_id, 1, 'customer_registered', 0, 0, 0, 0, 0, v_setting.default_limit,
            register_customer.actor, '', v_now);

    INSERT INTO customer_purchased_amount (customer_id, amount, held, limit_amount, ceiling, last_sequence_number,
                                           settled_at)
    VALUES (register_customer.customer_id, 0, 0, v_setting.default_limit, v_setting.default_limit, 1, v_now)
    RETURNING * INTO v_account;

    FOR v_default IN
        SELECT d.window_name, d.limit_amount
        FROM (
            VALUES ('day', v_setting.default_day_limit), ('week', v_setting.default_week_limit),
                   ('month', v_setting.default_month_limit), ('year', v_setting.default_year_limit)
        ) AS d (window_name, limit_amount)
        WHERE d.limit_amount < no_limit()
    LOOP
        -- The key is made of nothing random: the same registration, sent again, is the same.
        v_account := record_limit_change(
            v_account, md5(format('%s %s', register_customer.customer_id, v_default.window_name))::uuid, v_default.window_name,
            no_limit(), v_default.limit_amount, v_now, 'infinity', register_customer.actor, 'What new customers begin with.',
            notify => false);
    END LOOP;
    PERFORM open_windows(v_account);

    outcome := 'registered';
    RETURN NEXT;
END
$body$;
