-- in: price_import_id; lead_time, how long the import may take.
-- The first statement of the import's transaction. Locks the import's row until COMMIT: one of two that begin it goes on.
-- All prices "from now on" get one moment, effective_at, lead_time from now, so that the file comes into force as a whole
-- and nobody is shown an old price after the new one began (I11).
-- The transaction is READ COMMITTED, and locks what it goes by before it reads it. While a SERIALIZABLE one runs, the server
-- keeps what every purchase beside it has read, and this one may run for a minute: purchases failed when that memory was
-- full. (The web of the release before this one still asks for SERIALIZABLE, which is as right.)
-- Outcomes: begun, not_confirmed (also: done or cancelled meanwhile), runs_elsewhere. Errors: 25001 in REPEATABLE READ, which
-- would not see what others committed before it had their locks, or not durable.
CREATE OR REPLACE FUNCTION store.begin_price_import(price_import_id uuid, lead_time interval)
RETURNS TABLE (outcome text, row_count bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_status text;
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    SELECT i.status, i.row_count
    INTO v_status, row_count
    FROM price_import i
    WHERE i.price_import_id = begin_price_import.price_import_id
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        outcome := 'runs_elsewhere';
    ELSIF v_status <> 'confirmed' THEN
        outcome := 'not_confirmed';
    ELSE
        UPDATE price_import i
        SET effective_at = clock_timestamp() + begin_price_import.lead_time,
            done_count = 0,
            set_count = 0
        WHERE i.price_import_id = begin_price_import.price_import_id;
        outcome := 'begun';
    END IF;
    RETURN NEXT;
END
$body$;
