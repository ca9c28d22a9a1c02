-- in: lease, how long nobody else shall have the message; longer than sending it may take.
-- Takes the message that has been due longest, counts the attempt and moves its next one on by the lease: whoever dies with
-- a message in hand holds it up no longer than that.
-- Locks one outbox row, until COMMIT; passes over rows that another worker is claiming. READ COMMITTED.
-- Returns the message, or no row when nothing is due. attempt_count is what its claimer shows when it marks the message.
CREATE OR REPLACE FUNCTION store.claim_outbox_message(lease interval)
RETURNS TABLE (customer_id bigint, message_key text, kind text, sequence_number bigint, created_at timestamptz,
               attempt_count bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    SELECT o.customer_id, o.message_key
    INTO customer_id, message_key
    FROM outbox_message o
    WHERE o.sent_at IS NULL
      AND o.parked_at IS NULL
      AND o.next_attempt_at <= v_now
    ORDER BY o.next_attempt_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;

    RETURN QUERY
    UPDATE outbox_message o
    SET attempt_count = o.attempt_count + 1,
        next_attempt_at = clock_timestamp() + claim_outbox_message.lease
    WHERE o.customer_id = claim_outbox_message.customer_id
      AND o.message_key = claim_outbox_message.message_key
    RETURNING o.customer_id, o.message_key, o.kind, o.sequence_number, o.created_at, o.attempt_count;
END
$body$;
