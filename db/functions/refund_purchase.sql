-- in: customer_id, purchase_id; refund_id, the idempotency key that the page made; either amount, or product_ids and
-- quantities of lines that come back, ids ascending and each once; reason; actor.
-- Locks the customer's row until COMMIT. The sum of a purchase's refunds never passes its total, nor a line's its quantity.
-- Whether what is refunded may be bought for again is the store's setting at this moment; the event says which (restored).
-- Outcomes: refunded, already_recorded, key_reused, exceeds_purchase (refundable is what is left to refund), not_refundable
-- (status says why), nothing_to_refund, unknown_purchase. Errors: 25001, 40001, PL001 the arguments make no sense.
CREATE OR REPLACE FUNCTION store.refund_purchase(
    customer_id bigint,
    purchase_id uuid,
    refund_id uuid,
    amount numeric,
    product_ids bigint[],
    quantities bigint[],
    reason text,
    actor text
)
RETURNS TABLE (outcome text, status text, refunded_amount numeric, restored numeric, refundable numeric)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan -- facts 12c
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_purchase purchase;
    v_lines record;
BEGIN
    IF (amount IS NULL) = (coalesce(cardinality(product_ids), 0) = 0)
       OR cardinality(product_ids) IS DISTINCT FROM cardinality(quantities)
       OR cardinality(product_ids) <> (SELECT count(DISTINCT l.id) FROM unnest(product_ids) AS l (id))
       OR array_position(quantities, NULL) IS NOT NULL
       OR amount < 0 OR amount <> round(amount, 2) OR amount = 'NaN' THEN
        RAISE EXCEPTION 'a refund is of an amount, or of lines, each once' USING ERRCODE = 'PL001';
    END IF;

    SELECT p.*
    INTO v_purchase
    FROM purchase p
    WHERE p.customer_id = v_account.customer_id
      AND p.purchase_id = refund_purchase.purchase_id;
    IF NOT FOUND THEN
        outcome := 'unknown_purchase';
        RETURN NEXT;
        RETURN;
    END IF;
    status := v_purchase.status;
    refundable := v_purchase.total - v_purchase.refunded;

    SELECT r.outcome, r.amount_then, r.restored
    INTO outcome, refunded_amount, restored
    FROM find_refund(customer_id, purchase_id, refund_id, amount, product_ids, quantities, reason, actor) r;
    IF outcome IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;

    -- Of lines: what they cost, and whether that many are left of each. An id that is not in the purchase has none left.
    SELECT sum(l.quantity * l.unit_price) AS amount, bool_and(l.fits) AS fit
    INTO v_lines
    FROM refundable_lines(customer_id, purchase_id, product_ids, quantities) l;
    refunded_amount := coalesce(amount, v_lines.amount, 0);
    outcome := CASE
        WHEN status NOT IN ('confirmed', 'partly_refunded') THEN 'not_refundable'
        WHEN v_lines.fit IS FALSE OR refunded_amount > refundable THEN 'exceeds_purchase'
        WHEN refunded_amount = 0 THEN 'nothing_to_refund'
        ELSE 'refunded'
    END;
    IF outcome <> 'refunded' THEN
        refunded_amount := NULL;
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT CASE WHEN s.refund_restores_allowance THEN refund_purchase.refunded_amount ELSE 0 END
    INTO restored
    FROM store_setting s
    WHERE s.store_setting_id = 1;
    status := CASE WHEN refunded_amount = refundable THEN 'refunded' ELSE 'partly_refunded' END;
    refundable := refundable - refunded_amount;
    v_account := change_purchase_status(v_account, v_purchase, status, actor, reason,
                                        amount => refunded_amount, restored => refund_purchase.restored);

    INSERT INTO refund (customer_id, refund_id, purchase_id, amount, sequence_number)
    VALUES (v_account.customer_id, refund_purchase.refund_id, v_purchase.purchase_id, refund_purchase.refunded_amount,
            v_account.last_sequence_number);
    INSERT INTO refund_line (customer_id, refund_id, purchase_id, product_id, quantity)
    SELECT v_account.customer_id, refund_purchase.refund_id, v_purchase.purchase_id, l.product_id, l.quantity
    FROM unnest(refund_purchase.product_ids, refund_purchase.quantities) AS l (product_id, quantity);
    RETURN NEXT;
END
$body$;
