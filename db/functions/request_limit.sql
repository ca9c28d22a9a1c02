-- in: customer_id; limit_request_id, the idempotency key that the page made; window_name; limit_wanted; valid_to, until when,
-- null: for good; note, for who decides; actor, who asks: an admin whose raise takes a second one.
-- Locks the customer's row until COMMIT. Nothing is raised before somebody else approves (approve_limit_request). It is a raise
-- where the limit will be lower at some moment before valid_to, also if it is not now: a raise may end before.
-- Outcomes: requested, already_recorded, already_pending (one at a time for each limit), not_a_raise, needs_right,
-- ends_in_past, key_reused, unknown_customer, unknown_window. Errors: 25001, 40001, 23514 without a note.
CREATE OR REPLACE FUNCTION store.request_limit(
    customer_id bigint,
    limit_request_id uuid,
    window_name text,
    limit_wanted numeric,
    valid_to timestamptz,
    note text,
    actor text
)
RETURNS TABLE (outcome text, limit_amount numeric)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_to timestamptz := coalesce(valid_to, 'infinity');
    v_is_admin boolean := actor <> 'customer ' || customer_id;
    v_limit_before numeric;
    v_known limit_request;
BEGIN
    outcome := CASE
        WHEN v_account.customer_id IS NULL THEN 'unknown_customer'
        WHEN NOT EXISTS (SELECT FROM limit_window w WHERE w.window_name = request_limit.window_name) THEN 'unknown_window'
    END;
    IF outcome IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT l.limit_amount INTO limit_amount FROM limit_now(v_account, window_name) l;
    SELECT r.*
    INTO v_known
    FROM limit_request r
    WHERE r.customer_id = v_account.customer_id
      AND r.limit_request_id = request_limit.limit_request_id;
    IF FOUND THEN
        outcome := CASE
            WHEN (v_known.window_name, v_known.limit_wanted::numeric, v_known.valid_to, v_known.note, v_known.requested_by)
                 = (request_limit.window_name, request_limit.limit_wanted, v_to, request_limit.note, request_limit.actor)
            THEN 'already_recorded'
            ELSE 'key_reused'
        END;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT l.limit_amount
    INTO v_limit_before
    FROM standing_limits(request_limit.customer_id, request_limit.window_name, v_account.settled_at, v_to) l
    WHERE l.limit_amount < limit_wanted
    ORDER BY l.moment
    LIMIT 1;
    outcome := CASE
        WHEN v_to <= v_account.settled_at THEN 'ends_in_past'
        WHEN v_limit_before IS NULL THEN 'not_a_raise'
        WHEN limit_wanted = no_limit() AND refuse_limit(actor, v_limit_before, limit_wanted) = 'needs_right' THEN 'needs_right'
        WHEN EXISTS (
            SELECT
            FROM limit_request r
            WHERE r.customer_id = v_account.customer_id
              AND r.window_name = request_limit.window_name
              AND r.status = 'pending'
        ) THEN 'already_pending'
        ELSE 'requested'
    END;
    IF outcome = 'requested' THEN
        v_account := append_event(v_account, 'limit_raise_requested', actor, note,
                                  notify => false,
                                  window_name => window_name,
                                  window_limit => limit_wanted);
        INSERT INTO limit_request (customer_id, limit_request_id, window_name, limit_before, limit_wanted, valid_to, note,
                                   requested_by, sequence_number, status, proposed_by, proposed_limit, proposed_valid_to)
        VALUES (v_account.customer_id, request_limit.limit_request_id, request_limit.window_name,
                v_limit_before, request_limit.limit_wanted, v_to, request_limit.note, request_limit.actor,
                v_account.last_sequence_number, 'pending', CASE WHEN v_is_admin THEN request_limit.actor END,
                CASE WHEN v_is_admin THEN request_limit.limit_wanted ELSE 0 END, CASE WHEN v_is_admin THEN v_to END);
    END IF;
    RETURN NEXT;
END
$body$;
