-- in: customer_id; limit_change_id, the idempotency key that the page made; window_name; limit_after. For the customer's own
-- page: down only, at once and for good; or until the limit will be lower than that by itself, where a raise that is in force
-- ends: then that counts, or a raise for a while would have become one for good.
-- Locks the customer's row until COMMIT. Outcomes: those of change_limit, and not_lower. A customer who set a limit gets it
-- raised by asking (request_limit).
CREATE OR REPLACE FUNCTION store.lower_own_limit(
    customer_id bigint,
    limit_change_id uuid,
    window_name text,
    limit_after numeric
)
RETURNS TABLE (outcome text, limit_before numeric, limit_amount numeric, left_amount numeric, over_by numeric,
               sequence_number bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_to timestamptz;
BEGIN
    SELECT c.valid_to
    INTO v_to
    FROM limit_change c
    WHERE c.customer_id = v_account.customer_id
      AND c.limit_change_id = lower_own_limit.limit_change_id;
    IF NOT FOUND THEN
        v_to := (
            SELECT min(l.moment)
            FROM standing_limits(customer_id, window_name, v_account.settled_at, 'infinity') l
            WHERE l.limit_amount < limit_after
        );
        IF v_to = v_account.settled_at THEN
            outcome := 'not_lower';
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
    SELECT *
    FROM change_limit(customer_id, limit_change_id, window_name, NULL, limit_after, NULL, v_to, 'Lowered by the customer',
                      'customer ' || customer_id);
END
$body$;
