-- in: customer_id, purchase_id; raise_at_most, by how much the admin was told that it raises a limit, the most of all of them;
-- raise_id, the key of the raise; reason, may be empty; actor.
-- Locks the customer's row until COMMIT. Raises each limit that refuses for this one purchase to just what it needs, confirms it
-- at the prices it was asked for with, and returns the limits to what they were: events of one transaction, so no rule is bent
-- and nothing else can be bought with the raise. Where it fits by itself by now there is no raise.
-- Outcomes: approved, raise_grew (it would take raised_by by now, more than the admin was told: nothing changed),
-- needs_second_admin (a limit would have to be above second_admin_above: request_limit it, and approve under that),
-- already_decided (status says what it became), own_request (nobody decides their own), product_unavailable,
-- unknown_purchase. Errors: 25001, 40001.
CREATE OR REPLACE FUNCTION store.approve_purchase(
    customer_id bigint,
    purchase_id uuid,
    raise_at_most numeric,
    raise_id uuid,
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
    v_purchase purchase;
    v_asked_by text;
    v_raises needed_raise[];
    v_raise needed_raise;
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
    v_raises := needed_raises(v_account, v_purchase.total);
    raised_by := coalesce((SELECT max(r.limit_needed - r.limit_amount) FROM unnest(v_raises) r), 0);
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
        WHEN EXISTS (
            SELECT
            FROM unnest(v_raises) r
            WHERE refuse_limit(approve_purchase.actor, r.limit_amount, r.limit_needed) IS NOT NULL
        ) THEN 'needs_second_admin'
        ELSE 'approved'
    END;
    IF outcome <> 'approved' THEN
        RETURN NEXT;
        RETURN;
    END IF;

    status := 'confirmed';
    FOREACH v_raise IN ARRAY v_raises LOOP
        -- One key for each limit; it ends where it begins, so it is in force for nothing else.
        v_account := record_limit_change(
            v_account, CASE v_raise.window_name WHEN 'lifetime' THEN raise_id ELSE md5(raise_id || v_raise.window_name)::uuid END,
            v_raise.window_name, v_raise.limit_amount, v_raise.limit_needed, v_account.settled_at, v_account.settled_at, actor,
            format('For purchase %s alone', v_purchase.purchase_number), notify => false);
    END LOOP;
    v_account := change_purchase_status(v_account, v_purchase, status, actor, reason);
    FOREACH v_raise IN ARRAY v_raises LOOP
        v_account := append_event(v_account, 'limit_took_effect', actor,
                                  format('The raise was for purchase %s alone', v_purchase.purchase_number),
                                  notify => false,
                                  limit_amount => v_raise.limit_amount,
                                  window_name => v_raise.window_name);
    END LOOP;
    PERFORM note_thresholds(v_account, v_purchase.total);
    RETURN NEXT;
END
$body$;
