-- in: customer_id, message_key; attempt_count as claim_outbox_message returned it.
-- The mail server has accepted the message. Only the claimer of the latest attempt may say so: one whose lease ran out
-- changes nothing. Locks the outbox row until COMMIT. Returns whether it was marked.
CREATE OR REPLACE FUNCTION store.mark_outbox_message_sent(customer_id bigint, message_key text, attempt_count bigint)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE outbox_message o
    SET sent_at = clock_timestamp(),
        last_error = NULL
    WHERE o.customer_id = mark_outbox_message_sent.customer_id
      AND o.message_key = mark_outbox_message_sent.message_key
      AND o.attempt_count = mark_outbox_message_sent.attempt_count
      AND o.sent_at IS NULL
      AND o.parked_at IS NULL;
    RETURN FOUND;
END
$body$;
