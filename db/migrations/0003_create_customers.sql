-- The customer is the transactional boundary: every key below begins with customer_id, every money function locks one
-- customer's row and writes rows of that customer only.
CREATE SEQUENCE store.customer_id_sequence AS bigint;

CREATE TABLE store.customer (
    customer_id bigint NOT NULL,
    display_name text NOT NULL,
    registered_at timestamptz NOT NULL,
    CONSTRAINT customer_pkey PRIMARY KEY (customer_id),
    CONSTRAINT customer_display_name_is_short CHECK (length(display_name) BETWEEN 1 AND 80)
);

-- The ledger: append-only, gapless per customer, each event chained to the one before.
CREATE TABLE store.customer_event (
    customer_id bigint NOT NULL,
    sequence_number bigint NOT NULL,
    previous_sequence_number bigint GENERATED ALWAYS AS (nullif(sequence_number - 1, 0)) STORED,
    kind text NOT NULL,
    purchase_id uuid, -- which purchase it tells of, for kinds about a purchase
    amount store.usd NOT NULL, -- what it is about: a purchase's total, refused or not; 0 where no money is meant
    amount_before store.usd NOT NULL,
    amount_after store.usd NOT NULL,
    held_before store.usd NOT NULL,
    held_after store.usd NOT NULL,
    limit_at_time store.usd NOT NULL, -- the limit in force once the event happened
    actor varchar(200) NOT NULL, -- who caused it: 'customer 10', 'admin 3', 'system'
    reason varchar(500) NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- for people; the order is the sequence number
    CONSTRAINT customer_event_pkey PRIMARY KEY (customer_id, sequence_number),
    -- No key to customer here: the chain leads to event 1, and the customer's row, which has that key, to the chain.
    -- What the next event and the locked row point at.
    CONSTRAINT customer_event_state_after_key UNIQUE (customer_id, sequence_number, amount_after, held_after),
    -- The chain: an event begins where the one before it ended, so the fold of the log is right by constraint.
    CONSTRAINT customer_event_begins_where_the_last_ended
        FOREIGN KEY (customer_id, previous_sequence_number, amount_before, held_before)
        REFERENCES store.customer_event (customer_id, sequence_number, amount_after, held_after) ON DELETE RESTRICT,
    -- PostgreSQL parses every CHECK anew for every statement that inserts: few and short ones, or it shows.
    CONSTRAINT customer_event_first_is_the_registration_at_zero
        CHECK ((sequence_number = 1) = (kind = 'customer_registered')
               AND (sequence_number > 1 OR amount_before + held_before = 0)),
    CONSTRAINT customer_event_kind_is_known_and_names_its_purchase
        CHECK (CASE WHEN purchase_id IS NULL THEN kind IN ('customer_registered', 'limit_changed')
               ELSE kind IN ('purchase_confirmed', 'purchase_refused') END),
    CONSTRAINT customer_event_moves_as_it_says
        CHECK (amount_after = amount_before + CASE kind WHEN 'purchase_confirmed' THEN amount ELSE 0 END
               AND held_after = held_before),
    -- A purchase is confirmed exactly when it fits; with the rule above no purchase ends above the limit.
    CONSTRAINT customer_event_purchase_within_limit
        CHECK (purchase_id IS NULL
               OR (kind = 'purchase_confirmed') = (amount_before + held_before + amount <= limit_at_time)),
    CONSTRAINT customer_event_says_who_and_why CHECK (actor <> '' AND (reason <> '' OR kind <> 'limit_changed'))
);

-- The row that is locked. It equals the last event by its foreign key, and stays below the ceiling by its CHECK.
CREATE TABLE store.customer_purchased_amount (
    customer_id bigint NOT NULL,
    amount store.usd NOT NULL, -- confirmed purchases less refunds
    held store.usd NOT NULL, -- kept for purchases still processing
    limit_amount store.usd NOT NULL, -- what the customer may buy in all
    ceiling store.usd NOT NULL, -- greatest(limit_amount, amount + held): lets a limit be cut below what is spent
    last_sequence_number bigint NOT NULL,
    CONSTRAINT customer_purchased_amount_pkey PRIMARY KEY (customer_id),
    CONSTRAINT customer_purchased_amount_customer_id_fkey
        FOREIGN KEY (customer_id) REFERENCES store.customer (customer_id) ON DELETE RESTRICT,
    CONSTRAINT customer_purchased_amount_is_what_the_last_event_says
        FOREIGN KEY (customer_id, last_sequence_number, amount, held)
        REFERENCES store.customer_event (customer_id, sequence_number, amount_after, held_after) ON DELETE RESTRICT,
    CONSTRAINT customer_purchased_amount_within_ceiling
        CHECK (amount + held <= ceiling), -- and neither is negative: see usd
    CONSTRAINT customer_purchased_amount_ceiling_covers_the_limit CHECK (limit_amount <= ceiling)
);

-- Every change of a limit: who, when (its event), old, new, why. limit_change_id is the idempotency key.
CREATE TABLE store.limit_change (
    customer_id bigint NOT NULL,
    limit_change_id uuid NOT NULL,
    limit_before store.usd NOT NULL,
    limit_after store.usd NOT NULL,
    sequence_number bigint NOT NULL,
    CONSTRAINT limit_change_pkey PRIMARY KEY (customer_id, limit_change_id),
    CONSTRAINT limit_change_customer_id_sequence_number_key UNIQUE (customer_id, sequence_number),
    CONSTRAINT limit_change_customer_id_sequence_number_fkey FOREIGN KEY (customer_id, sequence_number)
        REFERENCES store.customer_event (customer_id, sequence_number) ON DELETE RESTRICT,
    CONSTRAINT limit_change_changes_something CHECK (limit_before <> limit_after)
);
