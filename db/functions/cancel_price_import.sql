-- in: price_import_id; actor ('admin 3').
-- One that does not run is cancelled at once. One that runs holds the lock on its row: the wish is noted, its worker reads
-- it after each batch, and nothing of it is kept. Changes no price, so any isolation will do.
-- Outcomes: cancelled (now or before), cancel_requested, ended (done or failed), unknown_import.
CREATE OR REPLACE FUNCTION store.cancel_price_import(price_import_id uuid, actor text)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_status text;
BEGIN
    UPDATE price_import_progress p
    SET cancel_requested_by = coalesce(p.cancel_requested_by, cancel_price_import.actor)
    WHERE p.price_import_id = cancel_price_import.price_import_id;
    IF NOT FOUND THEN
        outcome := 'unknown_import';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT i.status
    INTO v_status
    FROM price_import i
    WHERE i.price_import_id = cancel_price_import.price_import_id
    FOR UPDATE SKIP LOCKED;
    IF v_status IN ('checked', 'confirmed') THEN
        UPDATE price_import i
        SET status = 'cancelled',
            cancelled_by = cancel_price_import.actor,
            finished_at = clock_timestamp()
        WHERE i.price_import_id = cancel_price_import.price_import_id;
        outcome := 'cancelled';
    ELSIF v_status = 'cancelled' THEN
        outcome := 'cancelled';
    ELSIF v_status IN ('done', 'failed') THEN
        outcome := 'ended';
    ELSE
        outcome := 'cancel_requested';
    END IF;
    RETURN NEXT;
END
$body$;
