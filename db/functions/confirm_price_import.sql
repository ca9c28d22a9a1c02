-- in: price_import_id; actor ('admin 3'), in whose name the prices will be set. A worker takes it up from there.
-- Locks the import's row for an instant. Changes no price, so any isolation will do.
-- Outcomes: confirmed (now or before: the first one's name stays), ended (cancelled, failed or done), unknown_import.
CREATE OR REPLACE FUNCTION store.confirm_price_import(price_import_id uuid, actor text)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_status text;
BEGIN
    -- Without a lock first: one that runs is locked until it ends, and is confirmed already.
    SELECT i.status INTO v_status FROM price_import i WHERE i.price_import_id = confirm_price_import.price_import_id;
    IF v_status = 'checked' THEN
        UPDATE price_import i
        SET status = 'confirmed',
            confirmed_by = confirm_price_import.actor,
            confirmed_at = clock_timestamp()
        WHERE i.price_import_id = confirm_price_import.price_import_id
          AND i.status = 'checked';
        IF NOT FOUND THEN
            -- Somebody else was faster, and may have cancelled it.
            SELECT i.status INTO v_status FROM price_import i WHERE i.price_import_id = confirm_price_import.price_import_id;
        END IF;
    END IF;

    IF v_status IS NULL THEN
        outcome := 'unknown_import';
    ELSIF v_status IN ('checked', 'confirmed') THEN
        outcome := 'confirmed';
    ELSE
        outcome := 'ended';
    END IF;
    RETURN NEXT;
END
$body$;
