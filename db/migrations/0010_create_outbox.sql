-- Mails that are to be sent, written in the transaction that caused them: rolled back with it, there once it committed.
-- Keyed by customer like all that a money function writes. No foreign key to the event: it would cost every purchase one
-- lookup, and nothing about money depends on it.
CREATE TABLE store.outbox_message (
    customer_id bigint NOT NULL,
    message_key text NOT NULL, -- 'event 17', or made by the web for what is no event; with customer_id the Message-ID
    kind text NOT NULL, -- the event's kind, or 'password_reset', 'email_confirmation'
    sequence_number bigint, -- the event that it tells of
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- whoever claims it moves this on: its lease
    attempt_count bigint NOT NULL DEFAULT 0,
    last_error text,
    sent_at timestamptz,
    parked_at timestamptz, -- not tried any more until an admin says so
    CONSTRAINT outbox_message_pkey PRIMARY KEY (customer_id, message_key),
    CONSTRAINT outbox_message_key_is_short CHECK (length(message_key) BETWEEN 1 AND 80),
    -- Whoever may ask for a mail by a key of its own must not take the key that a ledger's next event will need.
    CONSTRAINT outbox_message_key_of_an_event_is_the_events_alone
        CHECK ((message_key LIKE 'event %') = (sequence_number IS NOT NULL)),
    CONSTRAINT outbox_message_is_sent_or_parked_or_neither CHECK (sent_at IS NULL OR parked_at IS NULL)
);
CREATE INDEX outbox_message_next_attempt_at_idx ON store.outbox_message (next_attempt_at)
    WHERE sent_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_message_parked_at_idx ON store.outbox_message (parked_at) WHERE parked_at IS NOT NULL;
