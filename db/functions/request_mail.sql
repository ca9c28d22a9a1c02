-- in: user_id; kind, password_reset or email_confirmation; message_key, made by the web.
-- Asks for a mail to a customer's account, at most one of a kind in five minutes: fixed here, where no caller can ask for
-- others. An admin's account gets none: it belongs to no customer.
-- Locks the account's row until COMMIT, so that two requests at once are one mail. READ COMMITTED.
-- Returns whether a mail will be sent. Errors: PL011 another kind.
CREATE OR REPLACE FUNCTION account.request_mail(user_id bigint, kind text, message_key text)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
DECLARE
    v_customer_id bigint;
BEGIN
    IF request_mail.kind IS NULL OR request_mail.kind NOT IN ('password_reset', 'email_confirmation') THEN
        RAISE EXCEPTION 'no account asks for mails of kind %', request_mail.kind USING ERRCODE = 'PL011';
    END IF;

    SELECT u.customer_id
    INTO v_customer_id
    FROM account.user u
    WHERE u.user_id = request_mail.user_id
      AND u.role = 'customer'
    FOR UPDATE;
    IF NOT FOUND
       OR EXISTS (
           SELECT
           FROM store.outbox_message o
           WHERE o.customer_id = v_customer_id
             AND o.kind = request_mail.kind
             AND o.created_at > clock_timestamp() - interval '5 minutes'
       ) THEN
        RETURN false;
    END IF;

    INSERT INTO store.outbox_message (customer_id, message_key, kind)
    VALUES (v_customer_id, request_mail.message_key, request_mail.kind);
    RETURN true;
END
$body$;
