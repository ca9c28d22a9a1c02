-- in: user_id; kind, what happened to the account; message_key, of the mail; is_by_operator.
-- Writes down what the account's owner must hear of: a mail for a customer, a line in the audit for an admin.
CREATE OR REPLACE FUNCTION account.tell_of_account(user_id bigint, kind text, message_key text, is_by_operator boolean)
RETURNS void
LANGUAGE plpgsql
AS $body$
BEGIN
    INSERT INTO store.outbox_message (customer_id, message_key, kind)
    SELECT u.customer_id, tell_of_account.message_key, tell_of_account.kind
    FROM account.user u
    WHERE u.user_id = tell_of_account.user_id
      AND u.role = 'customer';
    IF FOUND THEN
        RETURN;
    END IF;

    INSERT INTO store.admin_account_change (actor, occurred_at, kind, is_by_operator)
    VALUES ('admin ' || tell_of_account.user_id, clock_timestamp(), tell_of_account.kind,
            tell_of_account.is_by_operator);
END
$body$;
