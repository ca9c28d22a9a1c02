-- in: user_id; security_stamp_before, the one that allowed it (a reset's token holds it, so a token works once, however
-- often it is sent at once); password_hash and security_stamp_after, the new ones; message_key, made by the web.
-- Changes a customer's password, forgets wrong guesses, and writes the mail that says so. Admins' are the operator's to
-- change (PurchaseLimits.Database -- set-admin-password).
-- Locks the account's row until COMMIT. READ COMMITTED. Returns whether it changed.
CREATE OR REPLACE FUNCTION account.change_password(
    user_id bigint,
    security_stamp_before text,
    password_hash text,
    security_stamp_after text,
    message_key text
)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
DECLARE
    v_customer_id bigint;
BEGIN
    UPDATE account.user u
    SET password_hash = change_password.password_hash,
        security_stamp = change_password.security_stamp_after,
        failed_sign_in_count = 0,
        locked_until = NULL
    WHERE u.user_id = change_password.user_id
      AND u.role = 'customer'
      AND u.security_stamp = change_password.security_stamp_before
    RETURNING u.customer_id INTO v_customer_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    INSERT INTO store.outbox_message (customer_id, message_key, kind)
    VALUES (v_customer_id, change_password.message_key, 'password_changed');
    RETURN true;
END
$body$;
