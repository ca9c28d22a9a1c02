-- in: customer_id, purchase_id; reason; actor. For admins, and for cancel_own_purchase.
-- Locks the customer's row until COMMIT. A purchase that still waits, for a price, for an admin or for a worker, is
-- cancelled, and what was held for it is free again.
-- Outcomes: cancelled, already_cancelled, too_late (status says what it became), unknown_purchase.
-- Errors: 25001, 40001.
CREATE OR REPLACE FUNCTION store.cancel_purchase(customer_id bigint, purchase_id uuid, reason text, actor text)
RETURNS TABLE (outcome text, status text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_purchase purchase;
    v_request purchase_request;
    v_lines priced_lines;
BEGIN
    SELECT p.*
    INTO v_purchase
    FROM purchase p
    WHERE p.customer_id = v_account.customer_id
      AND p.purchase_id = cancel_purchase.purchase_id;
    IF FOUND THEN
        outcome := CASE v_purchase.status WHEN 'cancelled' THEN 'already_cancelled' ELSE 'too_late' END;
        status := v_purchase.status;
        IF status IN ('processing', 'awaiting_approval') THEN
            outcome := 'cancelled';
            status := 'cancelled';
            PERFORM change_purchase_status(v_account, v_purchase, status, actor, reason);
        END IF;
        RETURN NEXT;
        RETURN;
    END IF;

    DELETE FROM purchase_request r
    WHERE r.customer_id = v_account.customer_id
      AND r.purchase_id = cancel_purchase.purchase_id
    RETURNING r.* INTO v_request;
    IF NOT FOUND THEN
        outcome := 'unknown_purchase';
        RETURN NEXT;
        RETURN;
    END IF;

    outcome := 'cancelled';
    status := 'cancelled';
    v_lines := price_lines(v_request.product_ids, v_request.quantities, v_request.at_mosts, v_request.priced_at,
                           v_account.settled_at);
    v_account := append_event(v_account, 'purchase_cancelled', actor, reason,
                              notify => true,
                              purchase_id => v_request.purchase_id,
                              amount => v_lines.total);
    PERFORM record_purchase(v_account, v_request, v_lines, status, 0, NULL, NULL);
    RETURN NEXT;
END
$body$;
