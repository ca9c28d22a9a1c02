-- in: customer_id. For everybody who may call money functions: whoever is told PL003 by one has it written down by this.
-- READ COMMITTED: it decides nothing about money, and of many at once each sees what the one before it wrote.
-- Locks the customer's row until COMMIT and compares it with the ledger once more. Where they differ the customer is frozen:
-- no money function writes for that customer until an admin releases it (release_customer). Touches no amount, so it works
-- whatever is wrong with them.
-- Outcomes: frozen, already_frozen (detail is what differed then), no_difference (nothing is wrong, or not any more: try
-- again), unknown_customer.
CREATE OR REPLACE FUNCTION store.freeze_customer(customer_id bigint)
RETURNS TABLE (outcome text, detail text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
BEGIN
    PERFORM FROM customer_purchased_amount a WHERE a.customer_id = freeze_customer.customer_id FOR UPDATE;
    IF NOT EXISTS (SELECT FROM customer c WHERE c.customer_id = freeze_customer.customer_id) THEN
        outcome := 'unknown_customer';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT f.detail
    INTO detail
    FROM customer_freeze f
    WHERE f.customer_id = freeze_customer.customer_id
      AND f.released_at IS NULL;
    IF FOUND THEN
        outcome := 'already_frozen';
        RETURN NEXT;
        RETURN;
    END IF;

    detail := customer_difference(customer_id);
    outcome := 'no_difference';
    IF detail IS NOT NULL THEN
        INSERT INTO customer_freeze (customer_id, frozen_at, detail, frozen_by)
        VALUES (freeze_customer.customer_id, clock(), freeze_customer.detail, 'system')
        -- Where the row itself is gone there is nothing to lock, and two may come here at once.
        ON CONFLICT DO NOTHING;
        outcome := CASE WHEN FOUND THEN 'frozen' ELSE 'already_frozen' END;
        UPDATE customer_purchased_amount a
        SET is_frozen = true
        WHERE a.customer_id = freeze_customer.customer_id;
    END IF;
    RETURN NEXT;
END
$body$;
