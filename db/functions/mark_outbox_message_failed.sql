-- in: customer_id, message_key; attempt_count as claim_outbox_message returned it; error, of which 500 characters are kept;
-- retry_after, when to try again; park, whether not to until an admin says so.
-- Only the claimer of the latest attempt may say so: one whose lease ran out changes nothing. Locks the outbox row until
-- COMMIT. Returns whether it was marked.
CREATE OR REPLACE FUNCTION store.mark_outbox_message_failed(
    customer_id bigint,
    message_key text,
    attempt_count bigint,
    error text,
    retry_after interval,
    park boolean
)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE outbox_message o
    SET last_error = left(mark_outbox_message_failed.error, 500),
        next_attempt_at = clock_timestamp() + mark_outbox_message_failed.retry_after,
        parked_at = CASE WHEN mark_outbox_message_failed.park THEN clock_timestamp() END
    WHERE o.customer_id = mark_outbox_message_failed.customer_id
      AND o.message_key = mark_outbox_message_failed.message_key
      AND o.attempt_count = mark_outbox_message_failed.attempt_count
      AND o.sent_at IS NULL
      AND o.parked_at IS NULL;
    RETURN FOUND;
END
$body$;
