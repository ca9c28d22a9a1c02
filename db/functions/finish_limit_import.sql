-- in: limit_import_id. For workers.
-- An import in force is done, and one that was cancelled or failed is forgotten, once nobody's ledger waits for it
-- (unsettled_limit_import). Locks the import's row for an instant.
-- Outcomes: finished, unsettled (some were not), nothing_to_do.
CREATE OR REPLACE FUNCTION store.finish_limit_import(limit_import_id uuid)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_settle_from timestamptz;
BEGIN
    SELECT i.settle_from
    INTO v_settle_from
    FROM limit_import i
    WHERE i.limit_import_id = finish_limit_import.limit_import_id
    FOR UPDATE;
    outcome := CASE
        WHEN v_settle_from IS NULL THEN 'nothing_to_do'
        WHEN v_settle_from > clock() OR EXISTS (
            SELECT
            FROM unsettled_limit_import u
            WHERE u.limit_import_id = finish_limit_import.limit_import_id
              AND u.due_at <= clock()
        ) THEN 'unsettled'
        ELSE 'finished'
    END;
    IF outcome = 'finished' THEN
        UPDATE limit_import i
        SET status = CASE i.status WHEN 'in_force' THEN 'done' ELSE i.status END,
            is_announced = false,
            settle_from = NULL,
            finished_at = coalesce(i.finished_at, clock())
        WHERE i.limit_import_id = finish_limit_import.limit_import_id;
    END IF;
    RETURN NEXT;
END
$body$;
