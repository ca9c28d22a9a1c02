-- in: customer_id; limit_change_id, the idempotency key that the admin's page made; window_name, which limit;
-- limit_sequence_number, the last event about this customer's limits that the page was made from (null: whatever it is);
-- limit_after (store.no_limit() for none); valid_from, null: at once; valid_to, until when, null: for good; reason; actor.
-- Locks the customer's row until COMMIT. Of the changes that are in force at a moment the one that began last counts: one that
-- ends gives way to what is in force without it. A limit below what is bought is accepted: nothing is undone, the ceiling stays
-- at what is spent, every new purchase is refused.
-- Outcomes: changed, scheduled (it begins later), already_recorded, changed_meanwhile (somebody else was faster: limit_amount
-- is theirs), unchanged, needs_right (no limit, by an admin without the right to it), needs_second_admin (above
-- second_admin_above, and a raise at some moment of its time: request_limit it), begins_in_past, ends_before_it_begins,
-- key_reused, unknown_customer, unknown_window.
-- limit_amount, left_amount and over_by are those of that limit now. Errors: 25001, 40001, 23514 for an amount that is no limit.
CREATE OR REPLACE FUNCTION store.change_limit(
    customer_id bigint,
    limit_change_id uuid,
    window_name text,
    limit_sequence_number bigint,
    limit_after numeric,
    valid_from timestamptz,
    valid_to timestamptz,
    reason text,
    actor text
)
RETURNS TABLE (outcome text, limit_before numeric, limit_amount numeric, left_amount numeric, over_by numeric,
               sequence_number bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_from timestamptz := coalesce(valid_from, v_account.settled_at);
    v_to timestamptz := coalesce(valid_to, 'infinity');
    v_to_before timestamptz;
    v_known record;
BEGIN
    outcome := CASE
        WHEN v_account.customer_id IS NULL THEN 'unknown_customer'
        WHEN NOT EXISTS (SELECT FROM limit_window w WHERE w.window_name = change_limit.window_name) THEN 'unknown_window'
    END;
    IF outcome IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT l.limit_amount, l.valid_to INTO limit_before, v_to_before
    FROM limits_in_force(customer_id, v_account.settled_at) l
    WHERE l.window_name = change_limit.window_name;
    SELECT c.window_name, c.limit_after, c.valid_from, c.valid_to, c.sequence_number, e.reason, e.actor
    INTO v_known
    FROM limit_change c
    JOIN customer_event e USING (customer_id, sequence_number)
    WHERE c.customer_id = change_limit.customer_id
      AND c.limit_change_id = change_limit.limit_change_id;
    IF FOUND THEN
        outcome := 'key_reused';
        IF (v_known.window_name, v_known.limit_after::numeric, v_known.valid_to, v_known.reason, v_known.actor)
           = (change_limit.window_name, change_limit.limit_after, v_to, change_limit.reason, change_limit.actor)
           AND v_known.valid_from = coalesce(change_limit.valid_from, v_known.valid_from) THEN
            outcome := 'already_recorded';
            sequence_number := v_known.sequence_number;
        END IF;
    ELSE
        outcome := CASE
            WHEN v_account.limit_sequence_number <> change_limit.limit_sequence_number THEN 'changed_meanwhile'
            WHEN v_from < v_account.settled_at THEN 'begins_in_past'
            WHEN v_to <= v_from THEN 'ends_before_it_begins'
            WHEN (limit_before, v_to_before) = (limit_after, v_to) AND v_from = v_account.settled_at THEN 'unchanged'
            ELSE 'changed'
        END;
    END IF;
    IF outcome = 'changed' THEN
        outcome := coalesce(
            (
                SELECT refuse_limit(change_limit.actor, min(l.limit_amount), change_limit.limit_after)
                FROM standing_limits(change_limit.customer_id, change_limit.window_name, v_from, v_to) l
            ),
            outcome);
    END IF;

    IF outcome = 'changed' THEN
        v_account := open_windows(record_limit_change(
            v_account, limit_change_id, window_name, limit_before, limit_after, v_from, v_to, actor, reason, notify => true));
        sequence_number := v_account.last_sequence_number;
        IF v_from > v_account.settled_at THEN
            outcome := 'scheduled';
        END IF;
    END IF;
    SELECT s.limit_amount, s.left_amount, s.over_by
    INTO limit_amount, left_amount, over_by
    FROM limit_now(v_account, window_name) s;
    RETURN NEXT;
END
$body$;
