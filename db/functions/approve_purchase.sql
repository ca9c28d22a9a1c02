-- in: customer_id, purchase_id; raise_at_most, by how much the admin was told that it raises the limit; raise_id and return_id,
-- keys for two changes of the limit; reason, may be empty; actor.
-- Locks the customer's row until COMMIT. Raises the limit for this one purchase to just what it needs, confirms it at the
-- prices it was asked for with, and returns the limit to what it was: three events of one transaction, so no rule is bent and
-- nothing else can be bought with the raise. Where it fits by itself by now there is no raise.
-- Outcomes: approved, raise_grew (it would take raised_by by now, more than the admin was told: nothing changed),
-- already_decided (status says what it became), own_request (nobody decides their own), product_unavailable,
-- unknown_purchase. Errors: 25001, 40001.
CREATE OR REPLACE FUNCTION store.approve_purchase(
    customer_id bigint,
    purchase_id uuid,
    raise_at_most numeric,
    raise_id uuid,
    return_id uuid,
    reason text,
    actor text
)
RETURNS TABLE (outcome text, status text, raised_by numeric)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_limit_before numeric := v_account.limit_amount;
    v_needed numeric;
    v_purchase purchase;
    v_asked_by text;
BEGIN
    SELECT p.*
    INTO v_purchase
    FROM purchase p
    WHERE p.customer_id = v_account.customer_id
      AND p.purchase_id = approve_purchase.purchase_id;
    SELECT e.actor
    INTO v_asked_by
    FROM customer_event e
    WHERE e.customer_id = v_purchase.customer_id
      AND e.sequence_number = v_purchase.last_sequence_number;

    status := v_purchase.status;
    v_needed := v_account.amount + v_account.held + v_purchase.total;
    raised_by := greatest(v_needed - v_limit_before, 0);
    outcome := CASE
        WHEN status IS NULL THEN 'unknown_purchase'
        WHEN status <> 'awaiting_approval' THEN 'already_decided'
        WHEN v_asked_by = approve_purchase.actor THEN 'own_request'
        WHEN EXISTS (
            SELECT
            FROM purchase_line l
            JOIN product p USING (product_id)
            WHERE l.customer_id = v_purchase.customer_id
              AND l.purchase_id = v_purchase.purchase_id
              AND p.withdrawn_at IS NOT NULL
        ) THEN 'product_unavailable'
        WHEN raised_by > approve_purchase.raise_at_most THEN 'raise_grew'
        ELSE 'approved'
    END;
    IF outcome <> 'approved' THEN
        RETURN NEXT;
        RETURN;
    END IF;

    status := 'confirmed';
    IF raised_by > 0 THEN
        v_account := record_limit_change(v_account, raise_id, v_needed, actor,
                                         format('For purchase %s alone', v_purchase.purchase_number), notify => false);
    END IF;
    v_account := change_purchase_status(v_account, v_purchase, status, actor, reason);
    IF raised_by > 0 THEN
        PERFORM record_limit_change(v_account, return_id, v_limit_before, actor,
                                    format('The raise was for purchase %s alone', v_purchase.purchase_number),
                                    notify => false);
    END IF;
    RETURN NEXT;
END
$body$;
