-- in: customer_id, limit_request_id; limit_change_id, the key of the change it becomes; limit_after and valid_to (null: for
-- good), what is granted: what was asked for, or another amount or date; reason, may be empty: then the request's note; actor.
-- Locks the customer's row until COMMIT. A raise a customer asked for begins after the store's raise_delay, and the customer
-- may take it back until then; any other begins at once. Where the limit is not lower by then it begins when it will be, and takes
-- nothing from a raise that is in force. Above second_admin_above the first admin's approval is a proposal, and another admin's of
-- the same is the approval; an admin who asked has proposed that, whatever is proposed besides.
-- Outcomes: approved, scheduled (it begins later), needs_second_admin (proposed), already_decided (status says how), own_request
-- (nobody decides their own), not_a_raise, needs_right, ends_in_past, unknown_request. Errors: 25001, 40001.
CREATE OR REPLACE FUNCTION store.approve_limit_request(
    customer_id bigint,
    limit_request_id uuid,
    limit_change_id uuid,
    limit_after numeric,
    valid_to timestamptz,
    reason text,
    actor text
)
RETURNS TABLE (outcome text, status text, valid_from timestamptz)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_request limit_request;
    v_from timestamptz := v_account.settled_at;
    v_raises_at timestamptz; -- from when it is a raise, and of what
    v_raised_from numeric;
    v_to timestamptz := coalesce(valid_to, 'infinity');
    v_is_same boolean;
    v_is_as_asked boolean;
    v_refused_for text;
BEGIN
    SELECT r.*
    INTO v_request
    FROM limit_request r
    WHERE r.customer_id = v_account.customer_id
      AND r.limit_request_id = approve_limit_request.limit_request_id;
    IF v_request.requested_by = 'customer ' || v_request.customer_id THEN
        v_from := v_from + (SELECT s.raise_delay FROM store_setting s WHERE s.store_setting_id = 1);
    END IF;
    SELECT l.moment, l.limit_amount
    INTO v_raises_at, v_raised_from
    FROM standing_limits(approve_limit_request.customer_id, v_request.window_name, v_from, v_to) l
    WHERE l.limit_amount < approve_limit_request.limit_after
    ORDER BY l.moment
    LIMIT 1;
    v_is_same := v_request.proposed_by IS NOT NULL
        AND (v_request.proposed_limit::numeric, v_request.proposed_valid_to) = (approve_limit_request.limit_after, v_to);
    v_is_as_asked := v_request.requested_by <> 'customer ' || v_request.customer_id
        AND (v_request.limit_wanted::numeric, v_request.valid_to) = (approve_limit_request.limit_after, v_to);
    v_refused_for := refuse_limit(actor, v_raised_from, limit_after);
    status := v_request.status;
    outcome := CASE
        WHEN v_request.status IS NULL THEN 'unknown_request'
        WHEN v_request.status <> 'pending' THEN 'already_decided'
        WHEN v_request.requested_by = approve_limit_request.actor THEN 'own_request'
        WHEN v_to <= v_from THEN 'ends_in_past'
        WHEN v_raises_at IS NULL THEN 'not_a_raise'
        WHEN v_refused_for = 'needs_right' THEN 'needs_right'
        WHEN v_refused_for IS NULL OR v_is_as_asked THEN 'approved'
        WHEN v_is_same AND v_request.proposed_by = approve_limit_request.actor THEN 'own_request'
        WHEN v_is_same THEN 'approved'
        ELSE 'needs_second_admin'
    END;
    IF outcome = 'needs_second_admin' THEN
        v_account := append_event(v_account, 'limit_raise_proposed', actor,
                                  coalesce(nullif(reason, ''), v_request.note),
                                  notify => false,
                                  window_name => v_request.window_name,
                                  window_limit => limit_after);
        UPDATE limit_request r
        SET proposed_by = approve_limit_request.actor,
            proposed_limit = approve_limit_request.limit_after,
            proposed_valid_to = v_to
        WHERE r.customer_id = v_request.customer_id
          AND r.limit_request_id = v_request.limit_request_id;
    ELSIF outcome = 'approved' THEN
        valid_from := v_raises_at;
        v_account := record_limit_change(
            v_account, limit_change_id, v_request.window_name, (limit_now(v_account, v_request.window_name)).limit_amount,
            limit_after, valid_from, v_to, actor, coalesce(nullif(reason, ''), v_request.note), notify => true,
            limit_request_id => v_request.limit_request_id);
        status := 'approved';
        UPDATE limit_request r
        SET status = 'approved',
            decided_sequence_number = v_account.last_sequence_number
        WHERE r.customer_id = v_request.customer_id
          AND r.limit_request_id = v_request.limit_request_id;
        IF valid_from > v_account.settled_at THEN
            outcome := 'scheduled';
        END IF;
        PERFORM open_windows(v_account);
    END IF;
    RETURN NEXT;
END
$body$;
