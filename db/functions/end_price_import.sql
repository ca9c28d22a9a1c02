-- in: price_import_id; failure, why it cannot be imported, or null when somebody wanted it cancelled; row_number, the row
-- that is to blame, if one is. For an import whose transaction was rolled back: nothing of it was kept.
-- Locks the import's row for an instant. Outcomes: ended, not_confirmed (it ended otherwise before, or nobody wanted it
-- cancelled), runs_elsewhere.
CREATE OR REPLACE FUNCTION store.end_price_import(price_import_id uuid, failure text, row_number bigint)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_cancelled_by text;
BEGIN
    SELECT p.cancel_requested_by
    INTO v_cancelled_by
    FROM price_import_progress p
    WHERE p.price_import_id = end_price_import.price_import_id;

    PERFORM FROM price_import i WHERE i.price_import_id = end_price_import.price_import_id FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        outcome := 'runs_elsewhere';
        RETURN NEXT;
        RETURN;
    END IF;

    UPDATE price_import i
    SET status = CASE WHEN end_price_import.failure IS NULL THEN 'cancelled' ELSE 'failed' END,
        cancelled_by = CASE WHEN end_price_import.failure IS NULL THEN v_cancelled_by END,
        failure = end_price_import.failure,
        failed_row_number = end_price_import.row_number,
        finished_at = clock_timestamp()
    WHERE i.price_import_id = end_price_import.price_import_id
      AND i.status = 'confirmed'
      AND (end_price_import.failure IS NOT NULL OR v_cancelled_by IS NOT NULL);
    outcome := CASE WHEN FOUND THEN 'ended' ELSE 'not_confirmed' END;
    RETURN NEXT;
END
$body$;
