-- in: customer_id, purchase_id, reason (the customer reads it), actor.
-- Locks the customer's row until COMMIT. What a customer asked approval for stays refused, now with a reason.
-- Outcomes: declined, already_decided (status says what it became), own_request, unknown_purchase.
-- Errors: 25001, 40001, PL001 without a reason.
CREATE OR REPLACE FUNCTION store.decline_purchase(customer_id bigint, purchase_id uuid, reason text, actor text)
RETURNS TABLE (outcome text, status text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_purchase purchase;
    v_asked_by text;
BEGIN
    IF coalesce(decline_purchase.reason, '') = '' THEN
        RAISE EXCEPTION 'who declines says why' USING ERRCODE = 'PL001';
    END IF;
    SELECT p.*
    INTO v_purchase
    FROM purchase p
    WHERE p.customer_id = v_account.customer_id
      AND p.purchase_id = decline_purchase.purchase_id;
    SELECT e.actor
    INTO v_asked_by
    FROM customer_event e
    WHERE e.customer_id = v_purchase.customer_id
      AND e.sequence_number = v_purchase.last_sequence_number;

    status := v_purchase.status;
    outcome := CASE
        WHEN status IS NULL THEN 'unknown_purchase'
        WHEN status <> 'awaiting_approval' THEN 'already_decided'
        WHEN v_asked_by = decline_purchase.actor THEN 'own_request'
        ELSE 'declined'
    END;
    IF outcome = 'declined' THEN
        status := 'refused';
        PERFORM change_purchase_status(v_account, v_purchase, status, actor, reason);
    END IF;
    RETURN NEXT;
END
$body$;
