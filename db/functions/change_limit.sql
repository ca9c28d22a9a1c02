-- in: customer_id; limit_change_id, the idempotency key that the admin's page made; limit_before, the limit that page
-- showed; limit_after; reason; actor ('admin 3').
-- Locks the customer's row until COMMIT. A limit below what is bought is accepted: nothing is undone, the ceiling stays
-- at what is spent, every new purchase is refused.
-- Outcomes: changed, already_recorded, changed_meanwhile (somebody else was faster: limit_amount is theirs), unchanged,
-- key_reused, unknown_customer. Errors: 25001, 40001, 23514 for an amount that is no limit.
CREATE OR REPLACE FUNCTION store.change_limit(
    customer_id bigint,
    limit_change_id uuid,
    limit_before numeric,
    limit_after numeric,
    reason text,
    actor text
)
RETURNS TABLE (outcome text, limit_amount numeric, left_amount numeric, over_by numeric, sequence_number bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_row record;
    v_known record;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    SELECT a.amount, a.held, a.limit_amount, a.last_sequence_number
    INTO v_row
    FROM customer_purchased_amount a
    WHERE a.customer_id = change_limit.customer_id
    FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown_customer';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT c.limit_before, c.limit_after, c.sequence_number, e.reason, e.actor
    INTO v_known
    FROM limit_change c
    JOIN customer_event e USING (customer_id, sequence_number)
    WHERE c.customer_id = change_limit.customer_id
      AND c.limit_change_id = change_limit.limit_change_id;
    IF FOUND THEN
        outcome := 'key_reused';
        IF (v_known.limit_before, v_known.limit_after, v_known.reason, v_known.actor)
           = (change_limit.limit_before, change_limit.limit_after, change_limit.reason, change_limit.actor) THEN
            outcome := 'already_recorded';
            sequence_number := v_known.sequence_number;
        END IF;
    ELSIF v_row.limit_amount <> change_limit.limit_before THEN
        outcome := 'changed_meanwhile';
    ELSIF v_row.limit_amount = change_limit.limit_after THEN
        outcome := 'unchanged';
    ELSE
        outcome := 'changed';
        sequence_number := v_row.last_sequence_number + 1;
        v_row.limit_amount := change_limit.limit_after;

        INSERT INTO customer_event (customer_id, sequence_number, kind, amount, amount_before, amount_after,
                                    held_before, held_after, limit_at_time, actor, reason)
        VALUES (change_limit.customer_id, change_limit.sequence_number, 'limit_changed', 0, v_row.amount, v_row.amount,
                v_row.held, v_row.held, change_limit.limit_after, change_limit.actor, change_limit.reason);

        INSERT INTO limit_change (customer_id, limit_change_id, limit_before, limit_after, sequence_number)
        VALUES (change_limit.customer_id, change_limit.limit_change_id, change_limit.limit_before,
                change_limit.limit_after, change_limit.sequence_number);

        UPDATE customer_purchased_amount a
        SET limit_amount = change_limit.limit_after,
            ceiling = greatest(change_limit.limit_after, v_row.amount + v_row.held),
            last_sequence_number = change_limit.sequence_number
        WHERE a.customer_id = change_limit.customer_id
          AND a.last_sequence_number = v_row.last_sequence_number;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the row of customer % moved under its lock', change_limit.customer_id
                USING ERRCODE = '40001';
        END IF;
    END IF;

    limit_amount := v_row.limit_amount;
    left_amount := greatest(v_row.limit_amount - v_row.amount - v_row.held, 0);
    over_by := greatest(v_row.amount + v_row.held - v_row.limit_amount, 0);
    RETURN NEXT;
END
$body$;
