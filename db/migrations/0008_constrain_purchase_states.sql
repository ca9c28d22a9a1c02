-- The rules for the states. Each old rule is replaced by the one that covers it; NOT VALID here, validated by the next script.
-- SET NOT NULL reads the table once.
ALTER TABLE store.purchase ALTER COLUMN purchase_number SET NOT NULL;
ALTER TABLE store.purchase ALTER COLUMN placed_at SET NOT NULL;
ALTER TABLE store.purchase ALTER COLUMN last_sequence_number SET NOT NULL;

ALTER TABLE store.store_setting ADD CONSTRAINT store_setting_hold_life_within_a_quarter
    CHECK (hold_life > interval '0' AND hold_life <= interval '92 days');
ALTER TABLE store.store_setting ADD CONSTRAINT store_setting_approval_life_within_a_quarter
    CHECK (approval_life > interval '0' AND approval_life <= interval '92 days');

-- Events. PostgreSQL parses every CHECK anew for every statement that inserts: few and short ones, or it shows.
ALTER TABLE store.customer_event DROP CONSTRAINT customer_event_kind_is_known_and_names_its_purchase;
ALTER TABLE store.customer_event ADD CONSTRAINT customer_event_kind_is_known_and_names_its_purchase
    -- Which kind may follow a kind is purchase_status_change's to say; this says which may come first.
    CHECK (CASE
            WHEN purchase_id IS NULL THEN kind IN ('customer_registered', 'limit_changed') AND previous_kind IS NULL
            WHEN previous_kind IS NULL THEN
                kind IN ('purchase_confirmed', 'purchase_refused', 'purchase_processing', 'purchase_cancelled')
            ELSE previous_purchase_sequence_number IS NOT NULL
           END) NOT VALID;

ALTER TABLE store.customer_event DROP CONSTRAINT customer_event_moves_as_it_says;
ALTER TABLE store.customer_event ADD CONSTRAINT customer_event_moves_as_it_says
    CHECK (amount_after + restored = amount_before + CASE kind WHEN 'purchase_confirmed' THEN amount ELSE 0 END
           AND held_after + CASE previous_kind WHEN 'purchase_processing' THEN hold ELSE 0 END
               = held_before + CASE kind WHEN 'purchase_processing' THEN hold ELSE 0 END) NOT VALID;

-- Nothing is bought or held above the limit, and a refusal without another reason is one that would have been.
ALTER TABLE store.customer_event DROP CONSTRAINT customer_event_purchase_within_limit;
ALTER TABLE store.customer_event ADD CONSTRAINT customer_event_purchase_within_limit
    CHECK (CASE
            WHEN kind IN ('purchase_confirmed', 'purchase_processing') THEN amount_after + held_after <= limit_at_time
            WHEN kind = 'purchase_refused' AND reason = '' THEN amount_after + held_after + amount > limit_at_time
           END) NOT VALID;

ALTER TABLE store.customer_event DROP CONSTRAINT customer_event_says_who_and_why;
ALTER TABLE store.customer_event ADD CONSTRAINT customer_event_says_who_and_why
    CHECK (actor <> ''
           AND (reason <> ''
                OR kind NOT IN ('limit_changed', 'purchase_awaiting_approval', 'purchase_partly_refunded', 'purchase_refunded')))
    NOT VALID;

-- What a purchase's next event and the purchase itself point at; also how a purchase's events are found.
ALTER TABLE store.customer_event ADD CONSTRAINT customer_event_purchase_state_after_key
    UNIQUE (customer_id, purchase_id, sequence_number, kind);
ALTER TABLE store.customer_event ADD CONSTRAINT customer_event_follows_the_purchases_last_event
    FOREIGN KEY (customer_id, purchase_id, previous_purchase_sequence_number, previous_kind)
    REFERENCES store.customer_event (customer_id, purchase_id, sequence_number, kind) ON DELETE RESTRICT NOT VALID;
ALTER TABLE store.customer_event ADD CONSTRAINT customer_event_status_change_is_allowed
    FOREIGN KEY (previous_kind, kind)
    REFERENCES store.purchase_status_change (from_kind, to_kind) ON DELETE RESTRICT NOT VALID;
CREATE INDEX customer_event_previous_kind_kind_idx ON store.customer_event (previous_kind, kind) WHERE previous_kind IS NOT NULL;

-- Purchases.
ALTER TABLE store.purchase ADD CONSTRAINT purchase_status_is_what_its_last_event_says
    FOREIGN KEY (customer_id, purchase_id, last_sequence_number, last_kind)
    REFERENCES store.customer_event (customer_id, purchase_id, sequence_number, kind) ON DELETE RESTRICT NOT VALID;
ALTER TABLE store.purchase DROP CONSTRAINT purchase_status_is_known;
ALTER TABLE store.purchase ADD CONSTRAINT purchase_waits_exactly_while_it_may_expire
    CHECK ((expires_at IS NOT NULL) = (status IN ('processing', 'awaiting_approval'))
           AND (held = 0 OR status = 'processing')) NOT VALID;
-- What was not bought may be written down with what it would have cost.
ALTER TABLE store.purchase DROP CONSTRAINT purchase_total_never_above_what_was_shown;
ALTER TABLE store.purchase ADD CONSTRAINT purchase_total_never_above_what_was_shown
    CHECK (total <= shown_total OR status IN ('refused', 'cancelled')) NOT VALID;
ALTER TABLE store.purchase ADD CONSTRAINT purchase_refunded_within_total
    CHECK (refunded <= total AND (refunded > 0) = (status LIKE '%refunded')) NOT VALID;

-- What waits, per customer and in all: few rows at any time.
CREATE INDEX purchase_customer_id_expires_at_idx ON store.purchase (customer_id, expires_at) WHERE expires_at IS NOT NULL;
-- Lists, newest first: a customer's own, the admins' of everybody, and theirs of one of the rarer states.
CREATE INDEX purchase_customer_id_purchase_number_idx ON store.purchase (customer_id, purchase_number);
CREATE INDEX purchase_purchase_number_idx ON store.purchase (purchase_number);
CREATE INDEX purchase_status_purchase_number_idx ON store.purchase (status, purchase_number) WHERE status <> 'confirmed';
-- An admin looks for the key that a customer quotes.
CREATE INDEX purchase_purchase_id_idx ON store.purchase (purchase_id);

-- Append-only like the rest of the ledger.
CREATE TRIGGER purchase_line_on_request_append_only BEFORE UPDATE OR DELETE ON store.purchase_line_on_request
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.purchase_line_on_request ENABLE ALWAYS TRIGGER purchase_line_on_request_append_only;
CREATE TRIGGER purchase_line_on_request_never_truncated BEFORE TRUNCATE ON store.purchase_line_on_request
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.purchase_line_on_request ENABLE ALWAYS TRIGGER purchase_line_on_request_never_truncated;

CREATE TRIGGER refund_append_only BEFORE UPDATE OR DELETE ON store.refund
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.refund ENABLE ALWAYS TRIGGER refund_append_only;
CREATE TRIGGER refund_never_truncated BEFORE TRUNCATE ON store.refund
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.refund ENABLE ALWAYS TRIGGER refund_never_truncated;

CREATE TRIGGER refund_line_append_only BEFORE UPDATE OR DELETE ON store.refund_line
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.refund_line ENABLE ALWAYS TRIGGER refund_line_append_only;
CREATE TRIGGER refund_line_never_truncated BEFORE TRUNCATE ON store.refund_line
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.refund_line ENABLE ALWAYS TRIGGER refund_line_never_truncated;
