-- in: the customer's row, locked.
-- Lets every purchase of this customer expire that has waited past its deadline: for a price, and what was held for it is
-- free again, or for an admin. Writes an event for each. Returns the row as it then is.
CREATE OR REPLACE FUNCTION store.settle_due(account store.customer_purchased_amount) RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_purchase store.purchase;
BEGIN
    FOR v_purchase IN
        SELECT p.*
        FROM purchase p
        WHERE p.customer_id = account.customer_id
          AND p.expires_at <= v_now
        ORDER BY p.expires_at, p.purchase_number
    LOOP
        account := change_purchase_status(account, v_purchase, 'expired', 'system', '');
    END LOOP;

    SELECT coalesce(min(p.expires_at), 'infinity')
    INTO account.next_due_at
    FROM purchase p
    WHERE p.customer_id = account.customer_id
      AND p.expires_at IS NOT NULL;
    UPDATE customer_purchased_amount a
    SET next_due_at = account.next_due_at
    WHERE a.customer_id = account.customer_id;
    RETURN account;
END
$body$;
