-- in: customer_id; limit_change_id. For the customer's own page: a raise the customer asked for that has not begun.
-- Locks the customer's row until COMMIT. Outcomes: those of end_limit_change, and too_late (it began, or was not asked for).
CREATE OR REPLACE FUNCTION store.end_own_limit_change(customer_id bigint, limit_change_id uuid)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
BEGIN
    IF EXISTS (
        SELECT
        FROM limit_change c
        JOIN limit_request r USING (customer_id, limit_request_id)
        WHERE c.customer_id = v_account.customer_id
          AND c.limit_change_id = end_own_limit_change.limit_change_id
          AND c.valid_from > v_account.settled_at
          AND r.requested_by = 'customer ' || c.customer_id
    ) THEN
        RETURN QUERY
        SELECT *
        FROM end_limit_change(customer_id, limit_change_id, NULL, 'Taken back by the customer', 'customer ' || customer_id);
        RETURN;
    END IF;
    outcome := CASE
        WHEN EXISTS (
            SELECT
            FROM limit_change c
            WHERE c.customer_id = v_account.customer_id
              AND c.limit_change_id = end_own_limit_change.limit_change_id
        ) THEN 'too_late'
        ELSE 'unknown_change'
    END;
    RETURN NEXT;
END
$body$;
