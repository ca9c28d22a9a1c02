-- The rules for windows and dated limits; NOT VALID here, validated by the next script. What is there gets its columns first.
UPDATE store.customer_purchased_amount a
SET limit_sequence_number = e.sequence_number
FROM (SELECT customer_id, max(sequence_number) AS sequence_number FROM store.limit_change GROUP BY customer_id) e
WHERE e.customer_id = a.customer_id;

ALTER TABLE store.limit_change DISABLE TRIGGER limit_change_append_only;
UPDATE store.limit_change c
SET valid_from = e.occurred_at
FROM store.customer_event e
WHERE e.customer_id = c.customer_id
  AND e.sequence_number = c.sequence_number;
ALTER TABLE store.limit_change ENABLE ALWAYS TRIGGER limit_change_append_only;
ALTER TABLE store.limit_change ALTER COLUMN valid_from SET NOT NULL;

UPDATE store.purchase p
SET counted_at = e.occurred_at,
    restored = e.restored
FROM (
    SELECT
        c.customer_id,
        c.purchase_id,
        min(c.occurred_at) FILTER (WHERE c.kind IN ('purchase_processing', 'purchase_confirmed')) AS occurred_at,
        sum(c.restored) AS restored
    FROM store.customer_event c
    WHERE c.purchase_id IS NOT NULL
    GROUP BY c.customer_id, c.purchase_id
) e
WHERE e.customer_id = p.customer_id
  AND e.purchase_id = p.purchase_id
  AND e.occurred_at IS NOT NULL;

ALTER TABLE store.store_setting ADD CONSTRAINT store_setting_time_zone_is_known
    CHECK ((timestamp '2000-01-01' AT TIME ZONE time_zone) IS NOT NULL); -- an unknown one is 22023
ALTER TABLE store.store_setting ADD CONSTRAINT store_setting_week_starts_on_a_day CHECK (week_starts_on BETWEEN 1 AND 7);
ALTER TABLE store.store_setting ADD CONSTRAINT store_setting_raise_delay_within_a_quarter
    CHECK (raise_delay >= interval '0' AND raise_delay <= interval '92 days');
-- Half or more: below that a purchase need not look.
ALTER TABLE store.store_setting ADD CONSTRAINT store_setting_notice_percents_from_50_to_100
    CHECK (cardinality(notice_percents) <= 5 AND 50 <= ALL (notice_percents) AND 100 >= ALL (notice_percents));

-- Which window the counters of a purchase are.
CREATE INDEX purchase_customer_id_counted_at_idx ON store.purchase (customer_id, counted_at) WHERE counted_at IS NOT NULL;
ALTER TABLE store.purchase ADD CONSTRAINT purchase_counts_where_it_is_held_or_bought
    CHECK (counted_at IS NOT NULL OR status IN ('refused', 'cancelled', 'awaiting_approval', 'expired')) NOT VALID;
ALTER TABLE store.purchase ADD CONSTRAINT purchase_restored_within_refunded CHECK (restored <= refunded) NOT VALID;

-- Limits. What a change changes is the function's to say and I13's to check: one that begins later may equal today's.
ALTER TABLE store.limit_change DROP CONSTRAINT limit_change_changes_something;
ALTER TABLE store.limit_change ADD CONSTRAINT limit_change_ends_after_it_begins CHECK (valid_from <= valid_to) NOT VALID;
ALTER TABLE store.limit_change ADD CONSTRAINT limit_change_window_name_fkey
    FOREIGN KEY (window_name) REFERENCES store.limit_window (window_name) NOT VALID;
ALTER TABLE store.limit_change ADD CONSTRAINT limit_change_customer_id_limit_request_id_fkey
    FOREIGN KEY (customer_id, limit_request_id) REFERENCES store.limit_request (customer_id, limit_request_id)
    ON DELETE RESTRICT NOT VALID;
CREATE INDEX limit_change_customer_id_window_name_valid_from_idx ON store.limit_change (customer_id, window_name, valid_from);
CREATE INDEX limit_change_window_name_idx ON store.limit_change (window_name);
CREATE INDEX limit_change_customer_id_limit_request_id_idx ON store.limit_change (customer_id, limit_request_id)
    WHERE limit_request_id IS NOT NULL;

-- Events. PostgreSQL parses every CHECK anew for every statement that inserts: few and short ones, or it shows. Which events
-- about limits there are is the functions' to say and I13's to check.
ALTER TABLE store.customer_event DROP CONSTRAINT customer_event_kind_is_known_and_names_its_purchase;
ALTER TABLE store.customer_event ADD CONSTRAINT customer_event_kind_is_known_and_names_its_purchase
    CHECK (CASE
            WHEN purchase_id IS NULL THEN
                (kind = 'customer_registered' OR starts_with(kind, 'limit_')) AND previous_kind IS NULL
            WHEN previous_kind IS NULL THEN
                kind IN ('purchase_confirmed', 'purchase_refused', 'purchase_processing', 'purchase_cancelled')
            ELSE previous_purchase_sequence_number IS NOT NULL
           END) NOT VALID;
ALTER TABLE store.customer_event DROP CONSTRAINT customer_event_purchase_within_limit;
ALTER TABLE store.customer_event ADD CONSTRAINT customer_event_purchase_within_limit
    CHECK (CASE
            WHEN kind IN ('purchase_confirmed', 'purchase_processing') THEN amount_after + held_after <= limit_at_time
            WHEN kind = 'purchase_refused' AND reason = '' THEN
                CASE window_name
                    WHEN 'lifetime' THEN amount_after + held_after + amount > limit_at_time
                    ELSE window_used + amount > window_limit
                END
           END) NOT VALID;
ALTER TABLE store.customer_event DROP CONSTRAINT customer_event_says_who_and_why;
ALTER TABLE store.customer_event ADD CONSTRAINT customer_event_says_who_and_why
    CHECK (actor <> ''
           AND (reason <> ''
                OR starts_with(kind, 'purchase_')
                   AND kind NOT IN ('purchase_awaiting_approval', 'purchase_partly_refunded', 'purchase_refunded')
                OR kind = 'customer_registered'))
    NOT VALID;

-- The customer's row says which event last spoke of a limit.
ALTER TABLE store.customer_purchased_amount ADD CONSTRAINT customer_purchased_amount_limit_sequence_number_is_reached
    CHECK (limit_sequence_number <= last_sequence_number) NOT VALID;

-- Append-only like the rest of the ledger.
CREATE TRIGGER limit_change_end_append_only BEFORE UPDATE OR DELETE ON store.limit_change_end
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.limit_change_end ENABLE ALWAYS TRIGGER limit_change_end_append_only;
CREATE TRIGGER limit_change_end_never_truncated BEFORE TRUNCATE ON store.limit_change_end
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.limit_change_end ENABLE ALWAYS TRIGGER limit_change_end_never_truncated;

CREATE TRIGGER limit_request_never_deleted BEFORE DELETE ON store.limit_request
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.limit_request ENABLE ALWAYS TRIGGER limit_request_never_deleted;
CREATE TRIGGER limit_request_never_truncated BEFORE TRUNCATE ON store.limit_request
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.limit_request ENABLE ALWAYS TRIGGER limit_request_never_truncated;

CREATE TRIGGER customer_window_amount_never_deleted BEFORE DELETE ON store.customer_window_amount
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.customer_window_amount ENABLE ALWAYS TRIGGER customer_window_amount_never_deleted;
CREATE TRIGGER customer_window_amount_never_truncated BEFORE TRUNCATE ON store.customer_window_amount
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.customer_window_amount ENABLE ALWAYS TRIGGER customer_window_amount_never_truncated;
