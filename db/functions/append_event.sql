-- in: the customer's row, locked; what happened.
-- Appends the event and moves the row with it, and the counters of the windows it falls into: amount and held change by what
-- the kind says, which the event's CHECKs hold together; limit_amount is the limit of window_name in force from here on. Where
-- notify says so, a mail about it is put into the outbox, to leave once this has committed. Returns the row as it then is.
-- Errors: 40001 the row moved under its lock; 23514 more than a limit allows.
CREATE OR REPLACE FUNCTION store.append_event(
    account store.customer_purchased_amount,
    kind text,
    actor text,
    reason text,
    notify boolean,
    purchase_id uuid DEFAULT NULL,
    amount numeric DEFAULT 0,
    hold numeric DEFAULT 0,
    restored numeric DEFAULT 0,
    limit_amount numeric DEFAULT NULL, -- null: as it is
    expires_at timestamptz DEFAULT NULL,
    previous_kind text DEFAULT NULL,
    previous_purchase_sequence_number bigint DEFAULT NULL,
    counted_at timestamptz DEFAULT NULL, -- since when the purchase counts; null: since now
    window_name text DEFAULT 'lifetime',
    window_limit numeric DEFAULT 0,
    window_used numeric DEFAULT 0,
    resets_at timestamptz DEFAULT NULL,
    left_amount numeric DEFAULT NULL, -- what may be bought after it; null: read from the windows, where there are any
    effective_at timestamptz DEFAULT NULL, -- null: now
    limit_change_id uuid DEFAULT NULL
)
RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_sequence_number bigint := account.last_sequence_number + 1;
    v_amount_after numeric := account.amount - restored + CASE kind WHEN 'purchase_confirmed' THEN amount ELSE 0 END;
    v_held_after numeric := account.held + CASE kind WHEN 'purchase_processing' THEN hold ELSE 0 END
        - CASE previous_kind WHEN 'purchase_processing' THEN hold ELSE 0 END;
    v_limit_after numeric := CASE window_name WHEN 'lifetime' THEN coalesce(limit_amount, account.limit_amount)
        ELSE account.limit_amount END;
    v_left_amount numeric := coalesce(left_amount, no_limit());
    v_account_after store.customer_purchased_amount := account;
BEGIN
    IF account.has_windows THEN
        PERFORM move_windows(account, v_amount_after - account.amount, v_held_after - account.held,
                             coalesce(counted_at, account.settled_at), window_name, limit_amount);
        IF left_amount IS NULL AND purchase_id IS NOT NULL THEN
            v_account_after.amount := v_amount_after;
            v_account_after.held := v_held_after;
            v_left_amount := (fit_purchase(v_account_after, 0)).left_amount;
        END IF;
    END IF;

    INSERT INTO customer_event (customer_id, sequence_number, kind, purchase_id, amount, amount_before, amount_after,
                                held_before, held_after, limit_at_time, hold, restored, previous_kind,
                                previous_purchase_sequence_number, expires_at, actor, reason, occurred_at, window_name,
                                window_limit, window_used, resets_at, left_amount, effective_at, limit_change_id)
    VALUES (account.customer_id, v_sequence_number, append_event.kind, append_event.purchase_id, append_event.amount,
            account.amount, v_amount_after, account.held, v_held_after, v_limit_after, append_event.hold,
            append_event.restored, append_event.previous_kind, append_event.previous_purchase_sequence_number,
            append_event.expires_at, append_event.actor, append_event.reason, account.settled_at, append_event.window_name,
            coalesce(append_event.limit_amount, append_event.window_limit), append_event.window_used, append_event.resets_at,
            v_left_amount, append_event.effective_at, append_event.limit_change_id);

    IF notify THEN
        INSERT INTO outbox_message (customer_id, message_key, kind, sequence_number)
        VALUES (account.customer_id, 'event ' || v_sequence_number, append_event.kind, v_sequence_number);
    END IF;

    -- A limit may be cut below what is spent: the ceiling lets the row stay, and every new purchase is refused.
    -- The sequence number is the second lock: it holds even where the row lock would not (a shard being moved).
    UPDATE customer_purchased_amount a
    SET amount = v_amount_after,
        held = v_held_after,
        limit_amount = v_limit_after,
        ceiling = greatest(v_limit_after, v_amount_after + v_held_after),
        next_due_at = least(a.next_due_at, append_event.expires_at),
        last_sequence_number = v_sequence_number,
        limit_sequence_number = CASE WHEN starts_with(append_event.kind, 'limit_') THEN v_sequence_number
                                     ELSE a.limit_sequence_number END,
        settled_at = account.settled_at
    WHERE a.customer_id = account.customer_id
      AND a.last_sequence_number = account.last_sequence_number
    RETURNING a.* INTO v_account_after;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the row of customer % moved under its lock', account.customer_id
            USING ERRCODE = '40001';
    END IF;
    RETURN v_account_after;
END
$body$;
