-- in: customer_id; limit_change_id, a change that begins later or ends by itself; limit_sequence_number as change_limit has it;
-- reason; actor.
-- Locks the customer's row until COMMIT. Takes the change back before it begins, or ends it now: from here on what is in force
-- without it counts.
-- Outcomes: ended, already_ended (also where its time is over), changed_meanwhile, not_endable (it is in force for good: change
-- the limit instead), needs_right and needs_second_admin (without it the limit would be higher), unknown_change.
-- Errors: 25001, 40001, PL001 without a reason.
CREATE OR REPLACE FUNCTION store.end_limit_change(
    customer_id bigint,
    limit_change_id uuid,
    limit_sequence_number bigint,
    reason text,
    actor text
)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_change record;
    v_limit_before numeric;
    v_limit_after numeric;
BEGIN
    IF coalesce(reason, '') = '' THEN
        RAISE EXCEPTION 'who ends a change of a limit says why' USING ERRCODE = 'PL001';
    END IF;
    SELECT p.window_name, p.limit_after, p.valid_from, p.valid_to, c.valid_to AS planned_to
    INTO v_change
    FROM limit_period p
    JOIN limit_change c USING (customer_id, limit_change_id)
    WHERE p.customer_id = v_account.customer_id
      AND p.limit_change_id = end_limit_change.limit_change_id;
    outcome := CASE
        WHEN v_change.window_name IS NULL THEN 'unknown_change'
        WHEN v_change.valid_to <= greatest(v_account.settled_at, v_change.valid_from) THEN 'already_ended'
        WHEN v_account.limit_sequence_number <> end_limit_change.limit_sequence_number THEN 'changed_meanwhile'
        WHEN v_change.planned_to = 'infinity' AND v_change.valid_from <= v_account.settled_at THEN 'not_endable'
        ELSE 'ended'
    END;
    SELECT l.limit_amount INTO v_limit_before
    FROM limits_in_force(customer_id, v_account.settled_at) l
    WHERE l.window_name = v_change.window_name;
    IF outcome = 'ended' AND v_change.valid_from <= v_account.settled_at THEN
        SELECT p.limit_after
        INTO v_limit_after
        FROM limit_period p
        WHERE p.customer_id = v_account.customer_id
          AND p.window_name = v_change.window_name
          AND p.limit_change_id <> end_limit_change.limit_change_id
          AND p.valid_from <= v_account.settled_at
          AND p.valid_to > v_account.settled_at
        ORDER BY p.valid_from DESC, p.sequence_number DESC
        LIMIT 1;
        v_limit_after := coalesce(v_limit_after, registered_limit(v_account.customer_id, v_change.window_name));
        outcome := coalesce(refuse_limit(actor, v_limit_before, v_limit_after), outcome);
    END IF;
    IF outcome <> 'ended' THEN
        RETURN NEXT;
        RETURN;
    END IF;

    v_account := append_event(v_account, 'limit_change_ended', actor, reason,
                              notify => true,
                              window_name => v_change.window_name,
                              window_limit => v_change.limit_after,
                              limit_change_id => end_limit_change.limit_change_id);
    INSERT INTO limit_change_end (customer_id, limit_change_id, ended_at, sequence_number)
    VALUES (v_account.customer_id, end_limit_change.limit_change_id, v_account.settled_at, v_account.last_sequence_number);
    SELECT l.limit_amount INTO v_limit_after
    FROM limits_in_force(customer_id, v_account.settled_at) l
    WHERE l.window_name = v_change.window_name;
    IF v_limit_after <> v_limit_before THEN
        v_account := append_event(v_account, 'limit_took_effect', actor, reason,
                                  notify => false, -- the mail about the end says so
                                  limit_amount => v_limit_after,
                                  window_name => v_change.window_name);
    END IF;
    PERFORM open_windows(v_account);
    RETURN NEXT;
END
$body$;
