-- in: what sign-up made: e-mail, its normalized form, password hash, security stamp, display name.
-- Creates the account and, in the same transaction, its customer and the mail that asks to confirm the e-mail. Sent again with the same security stamp (the reply
-- was lost) it says opened again. Locks nothing that exists.
-- Outcomes: opened, email_taken. Errors: 25001, 40001.
CREATE OR REPLACE FUNCTION account.open_account(
    email text,
    normalized_email text,
    password_hash text,
    security_stamp text,
    display_name text
)
RETURNS TABLE (outcome text, user_id bigint, customer_id bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_known_stamp text;
BEGIN
    SELECT u.user_id, u.customer_id, u.security_stamp
    INTO user_id, customer_id, v_known_stamp
    FROM account.user u
    WHERE u.normalized_email = open_account.normalized_email;
    IF FOUND THEN
        outcome := CASE WHEN v_known_stamp = open_account.security_stamp THEN 'opened' ELSE 'email_taken' END;
        RETURN NEXT;
        RETURN;
    END IF;

    customer_id := nextval('store.customer_id_sequence');
    PERFORM store.register_customer(open_account.customer_id, open_account.display_name,
                                    'customer ' || open_account.customer_id);
    INSERT INTO account.user (customer_id, email, normalized_email, password_hash, security_stamp)
    VALUES (open_account.customer_id, open_account.email, open_account.normalized_email, open_account.password_hash,
            open_account.security_stamp)
    -- Two sign-ups with one e-mail at the same instant: under SERIALIZABLE a row that this transaction cannot see yet
    -- is a 40001 here, and the next try finds it above.
    ON CONFLICT ON CONSTRAINT user_normalized_email_key DO NOTHING
    RETURNING "user".user_id INTO user_id;
    INSERT INTO store.outbox_message (customer_id, message_key, kind)
    VALUES (open_account.customer_id, 'email_confirmation 1', 'email_confirmation');
    outcome := 'opened';
    RETURN NEXT;
END
$body$;
