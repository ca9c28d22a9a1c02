-- in: actor. For admins. Asks for a round of proofs now; who asks while somebody else's request waits asks for the same.
-- Locks the schedule's row for an instant. Outcomes: requested, already_requested.
CREATE OR REPLACE FUNCTION store.request_proof(actor text)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE integrity_schedule s
    SET requested_at = clock_timestamp(),
        requested_by = request_proof.actor
    WHERE s.requested_at IS NULL;
    outcome := CASE WHEN FOUND THEN 'requested' ELSE 'already_requested' END;
    RETURN NEXT;
END
$body$;
