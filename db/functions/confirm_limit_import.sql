-- in: limit_import_id; reason; actor ('admin 3'), in whose name the limits will be changed. A worker takes it up from there.
-- Locks the import's row for an instant. Changes no limit yet, so any isolation will do.
-- Outcomes: confirmed (now or before, by the same admin with the same reason), unchanged (no row changes anything), ended
-- (cancelled, failed or confirmed by somebody else), unknown_import; with a row's number: needs_right and needs_second_admin
-- (who confirms may not set that limit alone, whoever uploaded it).
CREATE OR REPLACE FUNCTION store.confirm_limit_import(limit_import_id uuid, reason text, actor text)
RETURNS TABLE (outcome text, row_number bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_import record;
    v_refusal text;
BEGIN
    SELECT i.status, i.change_count, i.actor, i.reason, i.uploaded_at
    INTO v_import
    FROM limit_import i
    WHERE i.limit_import_id = confirm_limit_import.limit_import_id
    FOR UPDATE;
    IF v_import.status = 'checked' THEN
        -- Materialized, or the planner would ask refuse_limit of every row instead of every pair: seconds for the largest file.
        WITH pair AS MATERIALIZED (
            SELECT r.limit_before, r.limit_after, min(r.row_number) AS row_number
            FROM limit_import_row r
            WHERE r.limit_import_id = confirm_limit_import.limit_import_id
              AND r.is_change
            GROUP BY r.limit_before, r.limit_after
        )
        SELECT refuse_limit(confirm_limit_import.actor, p.limit_before, p.limit_after), p.row_number
        INTO v_refusal, row_number
        FROM pair p
        WHERE refuse_limit(confirm_limit_import.actor, p.limit_before, p.limit_after) IS NOT NULL
        ORDER BY p.row_number
        LIMIT 1;
        IF v_refusal IS NULL THEN
            -- Not above what it was at the dry run, but above what it would be once that has ended.
            SELECT 'needs_second_admin', r.row_number
            INTO v_refusal, row_number
            FROM limit_import_row r
            JOIN store_setting s ON s.store_setting_id = 1
            WHERE r.limit_import_id = confirm_limit_import.limit_import_id
              AND r.is_change
              AND r.valid_to_before < r.valid_to
              AND r.limit_after <= r.limit_before
              AND r.limit_after > s.second_admin_above
              AND r.limit_after > (
                  SELECT min(l.limit_amount)
                  FROM standing_limits(r.customer_id, r.window_name, v_import.uploaded_at, r.valid_to) l
              )
            ORDER BY r.row_number
            LIMIT 1;
        END IF;
    END IF;

    outcome := CASE
        WHEN v_import.status IS NULL THEN 'unknown_import'
        WHEN v_import.status = 'checked' AND v_import.change_count = 0 THEN 'unchanged'
        WHEN v_import.status = 'checked' AND row_number IS NOT NULL THEN
            CASE v_refusal WHEN 'needs_right' THEN 'needs_right' ELSE 'needs_second_admin' END
        WHEN v_import.status = 'checked' THEN 'confirmed'
        WHEN v_import.status IN ('confirmed', 'in_force', 'done')
             AND (v_import.actor, v_import.reason) = (confirm_limit_import.actor, confirm_limit_import.reason) THEN 'confirmed'
        ELSE 'ended'
    END;
    IF outcome = 'confirmed' THEN
        UPDATE limit_import i
        SET status = 'confirmed',
            reason = confirm_limit_import.reason,
            actor = confirm_limit_import.actor,
            confirmed_at = clock()
        WHERE i.limit_import_id = confirm_limit_import.limit_import_id
          AND i.status = 'checked';
    END IF;
    RETURN NEXT;
END
$body$;
