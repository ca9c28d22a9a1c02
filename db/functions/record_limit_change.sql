-- in: the customer's row, locked; limit_change_id, the idempotency key; the new limit; who and why; whether a mail says so.
-- Appends the event and the change itself. Returns the customer's row as it then is.
CREATE OR REPLACE FUNCTION store.record_limit_change(
    account store.customer_purchased_amount,
    limit_change_id uuid,
    limit_after numeric,
    actor text,
    reason text,
    notify boolean
)
RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_limit_before numeric := account.limit_amount;
BEGIN
    account := append_event(account, 'limit_changed', actor, reason, notify, limit_amount => limit_after);
    INSERT INTO limit_change (customer_id, limit_change_id, limit_before, limit_after, sequence_number)
    VALUES (account.customer_id, record_limit_change.limit_change_id, v_limit_before, record_limit_change.limit_after,
            account.last_sequence_number);
    RETURN account;
END
$body$;
