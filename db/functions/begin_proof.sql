-- in: nothing. For workers, READ COMMITTED, under the session's advisory lock that lets one of them prove at a time.
-- Begins a round of proofs where one is due: it is time, an admin wants one, or the last one's process died with it.
-- Locks the schedule's row for an instant. Outcomes: begun, not_due.
CREATE OR REPLACE FUNCTION store.begin_proof()
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE integrity_schedule s
    SET round_started_at = clock_timestamp(),
        round_finished_at = NULL,
        requested_at = NULL,
        requested_by = NULL
    WHERE s.requested_at IS NOT NULL
       OR s.next_due_at <= clock_timestamp()
       OR s.round_started_at IS NOT NULL AND s.round_finished_at IS NULL;
    outcome := CASE WHEN FOUND THEN 'begun' ELSE 'not_due' END;
    RETURN NEXT;
END
$body$;
