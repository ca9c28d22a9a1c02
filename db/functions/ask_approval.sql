-- in: customer_id, purchase_id, note (the customer's, for the admin).
-- Locks the customer's row until COMMIT. Over the limit is a question: a refusal for that alone may be put before an admin,
-- once, and waits for the store's approval_life.
-- Outcomes: asked, already_asked, fits_now (it may simply be bought), asked_before, price_missing (a line has no price yet:
-- nobody can approve a sum that is not known), not_refused_for_limit (status says what it is), unknown_purchase.
-- Errors: 25001, 40001, 23514 without a note.
CREATE OR REPLACE FUNCTION store.ask_approval(customer_id bigint, purchase_id uuid, note text)
RETURNS TABLE (outcome text, status text, expires_at timestamptz)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_purchase purchase;
    v_last customer_event;
BEGIN
    SELECT p.*
    INTO v_purchase
    FROM purchase p
    WHERE p.customer_id = v_account.customer_id
      AND p.purchase_id = ask_approval.purchase_id;
    IF NOT FOUND THEN
        outcome := 'unknown_purchase';
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT e.*
    INTO v_last
    FROM customer_event e
    WHERE e.customer_id = v_purchase.customer_id
      AND e.sequence_number = v_purchase.last_sequence_number;

    status := v_purchase.status;
    expires_at := v_purchase.expires_at;
    IF status = 'awaiting_approval' THEN
        outcome := 'already_asked';
    ELSIF status <> 'refused' THEN
        outcome := 'not_refused_for_limit';
    ELSIF v_last.previous_kind = 'purchase_awaiting_approval' THEN
        outcome := 'asked_before';
    ELSIF v_last.reason <> '' THEN
        outcome := 'not_refused_for_limit';
    ELSIF EXISTS (
        SELECT
        FROM missing_line m
        WHERE m.customer_id = v_purchase.customer_id
          AND m.purchase_id = v_purchase.purchase_id
    ) THEN
        outcome := 'price_missing';
    ELSIF (fit_purchase(v_account, v_purchase.total)).over_by = 0 THEN
        outcome := 'fits_now';
    ELSE
        outcome := 'asked';
        status := 'awaiting_approval';
        SELECT v_account.settled_at + s.approval_life INTO expires_at FROM store_setting s WHERE s.store_setting_id = 1;
        PERFORM change_purchase_status(v_account, v_purchase, status, 'customer ' || customer_id, note,
                                       expires_at => ask_approval.expires_at);
        -- It is on its way: what stayed in the cart would be ordered twice.
        PERFORM empty_cart(v_purchase.customer_id, ARRAY(
            SELECT l.product_id
            FROM purchase_line l
            WHERE l.customer_id = v_purchase.customer_id
              AND l.purchase_id = v_purchase.purchase_id
        ));
    END IF;
    RETURN NEXT;
END
$body$;
