-- in: how often the rules are to be proved. For workers, at the end of a round.
-- Says when the next one is due: when it is time, and not before twenty times as long as this one took has passed, so that
-- proofs of a big ledger use a twentieth of the time at most. Locks the schedule's row for an instant.
CREATE OR REPLACE FUNCTION store.finish_proof(prove_every interval) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    UPDATE integrity_schedule s
    SET round_finished_at = v_now,
        next_due_at = greatest(s.round_started_at + prove_every, v_now + 20 * (v_now - s.round_started_at));
END
$body$;
