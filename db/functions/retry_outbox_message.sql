-- in: customer_id, message_key. A parked message is due again, at once. Its attempts stay counted: a worker that still has
-- an old one in hand must not pass for the claimer of a new one.
-- Locks the outbox row until COMMIT. Returns whether it was parked.
CREATE OR REPLACE FUNCTION store.retry_outbox_message(customer_id bigint, message_key text)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE outbox_message o
    SET parked_at = NULL,
        next_attempt_at = clock_timestamp()
    WHERE o.customer_id = retry_outbox_message.customer_id
      AND o.message_key = retry_outbox_message.message_key
      AND o.parked_at IS NOT NULL;
    RETURN FOUND;
END
$body$;
