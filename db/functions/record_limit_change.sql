-- in: the customer's row, locked; limit_change_id, the idempotency key; which limit, what it was and becomes, from when to
-- when; who and why; whether a mail says so; since when it holds, where that was before now; the request it grants.
-- Appends the event and the change itself: limit_changed where it is in force now, limit_change_scheduled where it begins
-- later. Windows are opened by whoever calls this (open_windows). Returns the customer's row as it then is.
CREATE OR REPLACE FUNCTION store.record_limit_change(
    account store.customer_purchased_amount,
    limit_change_id uuid,
    window_name text,
    limit_before numeric,
    limit_after numeric,
    valid_from timestamptz,
    valid_to timestamptz,
    actor text,
    reason text,
    notify boolean,
    effective_at timestamptz DEFAULT NULL,
    limit_request_id uuid DEFAULT NULL
)
RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_begins_later boolean := record_limit_change.valid_from > account.settled_at;
BEGIN
    account := append_event(
        account,
        CASE WHEN v_begins_later THEN 'limit_change_scheduled' ELSE 'limit_changed' END,
        actor, reason, notify,
        limit_amount => CASE WHEN NOT v_begins_later THEN limit_after END,
        window_name => window_name,
        window_limit => limit_after,
        effective_at => effective_at);
    INSERT INTO limit_change (customer_id, limit_change_id, window_name, limit_before, limit_after, valid_from, valid_to,
                              sequence_number, limit_request_id)
    VALUES (account.customer_id, record_limit_change.limit_change_id, record_limit_change.window_name,
            record_limit_change.limit_before, record_limit_change.limit_after, record_limit_change.valid_from,
            record_limit_change.valid_to, account.last_sequence_number, record_limit_change.limit_request_id);
    RETURN account;
END
$body$;
