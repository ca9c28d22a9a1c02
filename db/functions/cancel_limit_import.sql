-- in: limit_import_id; actor ('admin 3').
-- Until an import has its moment (switch_limit_import) nothing of it counts, and cancelled it never will. Customers who were
-- told of it forget it when their row is locked next; a worker sees to that.
-- Locks the import's row for an instant. Outcomes: cancelled (now or before), ended (it has its moment, or failed),
-- unknown_import.
CREATE OR REPLACE FUNCTION store.cancel_limit_import(limit_import_id uuid, actor text)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_status text;
BEGIN
    SELECT i.status
    INTO v_status
    FROM limit_import i
    WHERE i.limit_import_id = cancel_limit_import.limit_import_id
    FOR UPDATE;
    outcome := CASE
        WHEN v_status IS NULL THEN 'unknown_import'
        WHEN v_status IN ('checked', 'confirmed', 'cancelled') THEN 'cancelled'
        ELSE 'ended'
    END;
    UPDATE limit_import i
    SET status = 'cancelled',
        cancelled_by = cancel_limit_import.actor,
        finished_at = clock(),
        settle_from = CASE WHEN i.is_announced THEN clock() END,
        is_announced = false
    WHERE i.limit_import_id = cancel_limit_import.limit_import_id
      AND i.status IN ('checked', 'confirmed');
    RETURN NEXT;
END
$body$;
