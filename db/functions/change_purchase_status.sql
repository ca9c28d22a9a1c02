-- in: the customer's row, locked; one of the customer's purchases as it is; the status it gets, by whom and why; amount, what
-- it costs from here on or what is refunded, where that is not its total; restored, of a refund; expires_at, until when it
-- waits, where it waits; effective_at, since when this holds, where that was before now; the limit that refused it, where one did.
-- Appends the event, releases what was held for it, and moves the purchase with it. Which status may follow which is a
-- foreign key's to say (23503). Returns the customer's row as it then is.
CREATE OR REPLACE FUNCTION store.change_purchase_status(
    account store.customer_purchased_amount,
    purchase store.purchase,
    status text,
    actor text,
    reason text,
    amount numeric DEFAULT NULL,
    restored numeric DEFAULT 0,
    expires_at timestamptz DEFAULT NULL,
    effective_at timestamptz DEFAULT NULL,
    refused_by store.purchase_fit DEFAULT NULL
)
RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_amount numeric := coalesce(change_purchase_status.amount, purchase.total);
    v_is_refund boolean := status IN ('partly_refunded', 'refunded');
    -- What was refused, ran out or was taken back after it was held counts no more, and from then on if it is approved.
    v_counted_at timestamptz := CASE
        WHEN purchase.status IN ('processing', 'confirmed', 'partly_refunded', 'refunded') THEN purchase.counted_at
    END;
BEGIN
    account := append_event(
        account, 'purchase_' || status, actor, reason,
        notify => true,
        purchase_id => purchase.purchase_id,
        amount => v_amount,
        hold => purchase.held,
        restored => restored,
        expires_at => expires_at,
        previous_kind => purchase.last_kind,
        previous_purchase_sequence_number => purchase.last_sequence_number,
        counted_at => coalesce(v_counted_at, account.settled_at),
        window_name => coalesce(refused_by.window_name, 'lifetime'),
        window_limit => coalesce(refused_by.window_limit, 0),
        window_used => coalesce(refused_by.window_used, 0),
        resets_at => refused_by.resets_at,
        effective_at => effective_at);

    UPDATE purchase p
    SET status = change_purchase_status.status,
        total = CASE WHEN v_is_refund THEN p.total ELSE v_amount END,
        counted_at = CASE
            WHEN change_purchase_status.status IN ('processing', 'confirmed', 'partly_refunded', 'refunded')
            THEN coalesce(v_counted_at, account.settled_at)
        END,
        restored = p.restored + change_purchase_status.restored,
        refunded = p.refunded + CASE WHEN v_is_refund THEN v_amount ELSE 0 END,
        held = 0,
        expires_at = change_purchase_status.expires_at,
        last_sequence_number = account.last_sequence_number
    WHERE p.customer_id = account.customer_id
      AND p.purchase_id = change_purchase_status.purchase.purchase_id;
    RETURN account;
END
$body$;
