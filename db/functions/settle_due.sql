-- in: the customer's row, locked, settled_at being until when all is settled; the moment it is now.
-- Brings the row up to that moment, in the order in which things fell due: purchases that waited past their deadline expire
-- (what was held is free again), limits come into force and end. Each is an event that says since when it counts. Then opens
-- the windows that it is now. Returns the row as it then is.
CREATE OR REPLACE FUNCTION store.settle_due(account store.customer_purchased_amount, now timestamptz)
RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_since timestamptz := account.settled_at;
    v_due record;
BEGIN
    account.settled_at := settle_due.now;
    FOR v_due IN
        SELECT p.expires_at AS due_at, p AS purchase
        FROM purchase p
        WHERE p.customer_id = account.customer_id
          AND p.expires_at <= settle_due.now
        UNION ALL
        SELECT b.due_at, NULL::store.purchase
        FROM (
            SELECT c.valid_from AS due_at FROM limit_period c WHERE c.customer_id = account.customer_id
            UNION
            SELECT c.valid_to FROM limit_period c WHERE c.customer_id = account.customer_id
        ) b
        WHERE b.due_at > v_since
          AND b.due_at <= settle_due.now
        ORDER BY due_at
    LOOP
        IF (v_due.purchase).purchase_id IS NOT NULL THEN
            account := change_purchase_status(account, v_due.purchase, 'expired', 'system', '',
                                              effective_at => v_due.due_at);
        ELSE
            account := bring_limits_into_force(account, v_since, v_due.due_at);
            v_since := v_due.due_at;
        END IF;
    END LOOP;
    RETURN open_windows(account);
END
$body$;
