-- in: limit_import_id, made by the page; file_name; file_hash, SHA-256 in hex; actor ('admin 3').
-- The first statement of the transaction that keeps a file of limits: stage_limit_import_rows until all rows are given, then
-- keep_limit_import, and COMMIT where no row was in error. Changes no limit, so any isolation will do.
-- Outcomes: staged, already_recorded (that file was kept under this key before), key_reused (another one was).
CREATE OR REPLACE FUNCTION store.stage_limit_import(limit_import_id uuid, file_name text, file_hash text, actor text)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    INSERT INTO limit_import (limit_import_id, file_name, file_hash, uploaded_by, uploaded_at, status, is_announced, row_count,
                              change_count, raised_count, lowered_count, over_count, passing_count, passing_amount,
                              customer_count)
    VALUES (stage_limit_import.limit_import_id, stage_limit_import.file_name, stage_limit_import.file_hash,
            stage_limit_import.actor, clock(), 'staging', false, 0, 0, 0, 0, 0, 0, 0, 0)
    ON CONFLICT ON CONSTRAINT limit_import_pkey DO NOTHING;
    outcome := 'staged';
    IF NOT FOUND THEN
        outcome := CASE
            WHEN EXISTS (
                SELECT
                FROM limit_import i
                WHERE i.limit_import_id = stage_limit_import.limit_import_id
                  AND (i.file_name, i.file_hash, i.uploaded_by)
                      = (stage_limit_import.file_name, stage_limit_import.file_hash, stage_limit_import.actor)
            ) THEN 'already_recorded'
            ELSE 'key_reused'
        END;
    END IF;
    RETURN NEXT;
END
$body$;
