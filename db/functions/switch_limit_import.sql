-- in: limit_import_id, announced to all its customers. For workers, READ COMMITTED: it reads every customer of the import, and
-- as a SERIALIZABLE transaction would make their purchases abort.
-- Gives a confirmed import its moment, in_force_at, from which all its limits count at once, whoever settles them when. It is
-- 10 s from now: no statement of a role runs longer than 5 s, so that whoever decides something at that moment or later sees
-- this in its snapshot.
-- Nothing comes into force where one of the limits is not any more what the dry run showed: one that was changed, began or
-- ended since then or will until then. Locks confirmed imports for an instant: of two, the second sees the first.
-- Outcomes: in_force (it has its moment), not_confirmed (also: cancelled or in force before); and, with the row to blame,
-- changed_meanwhile and ends_in_past, after which it has failed for good. Errors: 25001, PL002 not announced to all.
CREATE OR REPLACE FUNCTION store.switch_limit_import(limit_import_id uuid)
RETURNS TABLE (outcome text, row_number bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_import record;
    v_moment timestamptz;
    v_ending bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' OR current_setting('synchronous_commit') = 'off' THEN
        RAISE EXCEPTION 'an import comes into force in a READ COMMITTED and durable transaction' USING ERRCODE = '25001';
    END IF;
    PERFORM FROM limit_import i WHERE i.status = 'confirmed' ORDER BY i.limit_import_id FOR UPDATE;

    SELECT i.status, i.announced_at, i.uploaded_at
    INTO v_import
    FROM limit_import i
    WHERE i.limit_import_id = switch_limit_import.limit_import_id;
    IF v_import.status IS DISTINCT FROM 'confirmed' THEN
        outcome := 'not_confirmed';
        RETURN NEXT;
        RETURN;
    ELSIF v_import.announced_at IS NULL THEN
        RAISE EXCEPTION 'import % was not announced', switch_limit_import.limit_import_id USING ERRCODE = 'PL002';
    END IF;

    -- The clock is read before the limits are: what changes later is seen to begin later.
    v_moment := clock() + interval '10 seconds';
    row_number := changed_limit_import_row(limit_import_id, v_import.uploaded_at, v_moment);
    v_ending := (
        SELECT min(r.row_number)
        FROM limit_import_row r
        WHERE r.limit_import_id = switch_limit_import.limit_import_id
          AND r.is_change
          AND r.valid_to <= v_moment
    );
    outcome := CASE
        WHEN row_number IS NOT NULL THEN 'changed_meanwhile'
        WHEN v_ending IS NOT NULL THEN 'ends_in_past'
        ELSE 'in_force'
    END;
    row_number := coalesce(row_number, v_ending);
    UPDATE limit_import i
    SET status = CASE outcome WHEN 'in_force' THEN 'in_force' ELSE 'failed' END,
        in_force_at = CASE outcome WHEN 'in_force' THEN v_moment END,
        is_announced = switch_limit_import.outcome = 'in_force',
        settle_from = CASE outcome WHEN 'in_force' THEN v_moment ELSE clock() END,
        failure = nullif(outcome, 'in_force'),
        failed_row_number = switch_limit_import.row_number,
        finished_at = CASE WHEN outcome <> 'in_force' THEN clock() END
    WHERE i.limit_import_id = switch_limit_import.limit_import_id;
    RETURN NEXT;
END
$body$;
