-- in: customer_id, limit_request_id; the status it gets, denied or cancelled; reason (the customer reads it); actor.
-- For deny_limit_request and cancel_own_limit_request. Locks the customer's row until COMMIT.
CREATE OR REPLACE FUNCTION store.close_limit_request(
    customer_id bigint,
    limit_request_id uuid,
    closed_as text,
    reason text,
    actor text
)
RETURNS TABLE (outcome text, status text)
LANGUAGE plpgsql
AS $body$
DECLARE
    v_account store.customer_purchased_amount := lock_customer(customer_id);
    v_request store.limit_request;
BEGIN
    IF coalesce(close_limit_request.reason, '') = '' THEN
        RAISE EXCEPTION 'who closes a request says why' USING ERRCODE = 'PL001';
    END IF;
    SELECT r.*
    INTO v_request
    FROM limit_request r
    WHERE r.customer_id = v_account.customer_id
      AND r.limit_request_id = close_limit_request.limit_request_id;
    status := v_request.status;
    outcome := CASE
        WHEN status IS NULL THEN 'unknown_request'
        WHEN status <> 'pending' THEN 'already_decided'
        WHEN (closed_as = 'denied') = (v_request.requested_by = close_limit_request.actor) THEN
            CASE closed_as WHEN 'denied' THEN 'own_request' ELSE 'unknown_request' END
        WHEN closed_as = 'denied' THEN 'denied'
        ELSE 'cancelled'
    END;
    IF outcome = closed_as THEN
        status := closed_as;
        v_account := append_event(v_account, 'limit_raise_' || closed_as, actor, reason,
                                  notify => closed_as = 'denied',
                                  window_name => v_request.window_name,
                                  window_limit => v_request.limit_wanted);
        UPDATE limit_request r
        SET status = closed_as,
            decided_sequence_number = v_account.last_sequence_number
        WHERE r.customer_id = v_request.customer_id
          AND r.limit_request_id = v_request.limit_request_id;
    END IF;
    RETURN NEXT;
END
$body$;
