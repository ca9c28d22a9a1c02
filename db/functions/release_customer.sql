-- in: customer_id; reason; actor. For admins, once an operator has mended what differed. READ COMMITTED, as freeze_customer.
-- Locks the customer's row until COMMIT. While row and ledger differ nobody can release the customer.
-- Outcomes: released, already_released (the same, sent again), not_frozen, still_differs (detail says in what),
-- unknown_customer. Errors: PL001 without a reason.
CREATE OR REPLACE FUNCTION store.release_customer(customer_id bigint, reason text, actor text)
RETURNS TABLE (outcome text, detail text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_freeze customer_freeze;
BEGIN
    IF coalesce(reason, '') = '' THEN
        RAISE EXCEPTION 'who releases a customer says why' USING ERRCODE = 'PL001';
    END IF;

    PERFORM FROM customer_purchased_amount a WHERE a.customer_id = release_customer.customer_id FOR UPDATE;
    SELECT f.*
    INTO v_freeze
    FROM customer_freeze f
    WHERE f.customer_id = release_customer.customer_id
    ORDER BY f.frozen_at DESC
    LIMIT 1;
    IF v_freeze.customer_id IS NULL OR v_freeze.released_at IS NOT NULL THEN
        outcome := CASE
            WHEN NOT EXISTS (SELECT FROM customer c WHERE c.customer_id = release_customer.customer_id) THEN 'unknown_customer'
            WHEN (v_freeze.release_reason, v_freeze.released_by) = (release_customer.reason, release_customer.actor)
            THEN 'already_released'
            ELSE 'not_frozen'
        END;
        RETURN NEXT;
        RETURN;
    END IF;

    detail := customer_difference(customer_id);
    outcome := 'still_differs';
    IF detail IS NULL THEN
        outcome := 'released';
        UPDATE customer_freeze f
        SET released_at = greatest(clock(), f.frozen_at),
            released_by = release_customer.actor,
            release_reason = release_customer.reason
        WHERE f.customer_id = v_freeze.customer_id
          AND f.frozen_at = v_freeze.frozen_at;
        UPDATE customer_purchased_amount a
        SET is_frozen = false
        WHERE a.customer_id = release_customer.customer_id;
    END IF;
    RETURN NEXT;
END
$body$;
