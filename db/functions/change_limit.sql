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
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_known record;
BEGIN
    IF v_account.customer_id IS NULL THEN
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
    ELSIF v_account.limit_amount <> change_limit.limit_before THEN
        outcome := 'changed_meanwhile';
    ELSIF v_account.limit_amount = change_limit.limit_after THEN
        outcome := 'unchanged';
    ELSE
        outcome := 'changed';
        v_account := record_limit_change(v_account, limit_change_id, limit_after, actor, reason, notify => true);
        sequence_number := v_account.last_sequence_number;
    END IF;

    limit_amount := v_account.limit_amount;
    left_amount := greatest(v_account.limit_amount - v_account.amount - v_account.held, 0);
    over_by := greatest(v_account.amount + v_account.held - v_account.limit_amount, 0);
    RETURN NEXT;
END
$body$;
