-- in: the customer's row, locked, settled_at being until when all is settled; the moment it is now.
-- Brings the row up to that moment, in the order in which things fell due: purchases that waited past their deadline expire
-- (what was held is free again), limits come into force and end. Each is an event that says since when it counts. An import that
-- the row was settled past, for its moment was committed only after it (a COMMIT may wait for a standby for as long as it likes),
-- counts since the row was settled last. Then opens the windows that it is now. Returns the row as it then is.
CREATE OR REPLACE FUNCTION store.settle_due(account store.customer_purchased_amount, now timestamptz)
RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_since timestamptz := account.settled_at;
    v_late record;
    v_due record;
BEGIN
    FOR v_late IN
        SELECT l.window_name, l.limit_change_id, l.limit_amount, l.valid_to,
               (limit_now(account, l.window_name)).limit_amount AS limit_before, i.actor, i.reason
        FROM limits_in_force(account.customer_id, v_since) l
        JOIN limit_import_row r ON r.customer_id = account.customer_id AND r.limit_change_id = l.limit_change_id
        JOIN limit_import i USING (limit_import_id)
        WHERE NOT EXISTS (
            SELECT
            FROM limit_change c
            WHERE c.customer_id = r.customer_id
              AND c.limit_change_id = r.limit_change_id
        )
    LOOP
        account.settled_at := settle_due.now;
        account := record_limit_change(account, v_late.limit_change_id, v_late.window_name, v_late.limit_before,
                                       v_late.limit_amount, v_since, v_late.valid_to, v_late.actor, v_late.reason,
                                       notify => true, effective_at => v_since);
    END LOOP;

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
