-- Limits per day, week, month and year beside the lifetime limit; limits that begin and end; requests for more.
-- "No limit" is 9999999999.99, the greatest sum that usd holds: nothing can be bought above it, so no rule needs a second
-- case. No form takes it for an amount.

-- These take other arguments from here on.
DROP FUNCTION IF EXISTS store.change_limit(bigint, uuid, numeric, numeric, text, text);
DROP FUNCTION IF EXISTS store.record_limit_change(store.customer_purchased_amount, uuid, numeric, text, text, boolean);
DROP FUNCTION IF EXISTS store.append_event(store.customer_purchased_amount, text, text, text, boolean, uuid, numeric, numeric,
                                           numeric, numeric, timestamptz, text, bigint);
DROP FUNCTION IF EXISTS store.settle_due(store.customer_purchased_amount);
DROP FUNCTION IF EXISTS store.change_purchase_status(store.customer_purchased_amount, store.purchase, text, text, text, numeric,
                                                     numeric, timestamptz);

DROP FUNCTION IF EXISTS store.approve_purchase(bigint, uuid, numeric, uuid, uuid, text, text);
DROP FUNCTION IF EXISTS store.decide_purchase(store.customer_purchased_amount, store.purchase_request, store.priced_lines, timestamptz);
DROP FUNCTION IF EXISTS store.record_purchase(store.customer_purchased_amount, store.purchase_request, store.priced_lines, text,
                                              numeric, timestamptz);

-- What may be limited, in the order in which it is shown.
CREATE TABLE store.limit_window (
    window_name text NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT limit_window_pkey PRIMARY KEY (window_name),
    CONSTRAINT limit_window_position_key UNIQUE (position)
);
INSERT INTO store.limit_window (window_name, position)
VALUES ('lifetime', 0), ('day', 1), ('week', 2), ('month', 3), ('year', 4);

ALTER TABLE store.store_setting
    ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC', -- where days begin
    ADD COLUMN week_starts_on bigint NOT NULL DEFAULT 1, -- 1 Monday … 7 Sunday
    ADD COLUMN default_day_limit store.usd NOT NULL DEFAULT 9999999999.99, -- limits of new customers, beside default_limit
    ADD COLUMN default_week_limit store.usd NOT NULL DEFAULT 9999999999.99,
    ADD COLUMN default_month_limit store.usd NOT NULL DEFAULT 9999999999.99,
    ADD COLUMN default_year_limit store.usd NOT NULL DEFAULT 9999999999.99,
    ADD COLUMN raise_delay interval NOT NULL DEFAULT interval '0', -- from the approval of a raise a customer asked for to its beginning
    ADD COLUMN second_admin_above store.usd NOT NULL DEFAULT 9999999999.99, -- a raise above this takes two admins
    ADD COLUMN notice_percents bigint[] NOT NULL DEFAULT '{80,100}'; -- of a limit: whoever reaches it gets a mail

-- Counts what of a customer's purchases falls into one window, as the customer's row does for all time. There is one for every
-- window that ever had a limit; who locks the customer's row opens the next when it is needed, from the purchases.
CREATE TABLE store.customer_window_amount (
    customer_id bigint NOT NULL,
    window_name text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL, -- it resets then
    amount store.usd NOT NULL, -- confirmed purchases less refunds, of purchases that count in it
    held store.usd NOT NULL, -- kept for those of them still processing
    limit_amount store.usd NOT NULL, -- in force, or the last that was
    ceiling store.usd NOT NULL, -- what amount + held may reach: above the limit after a cut only
    -- By its end: the current ones are those that end last, and a year has 365 of days.
    CONSTRAINT customer_window_amount_pkey PRIMARY KEY (customer_id, ends_at, window_name),
    CONSTRAINT customer_window_amount_customer_id_fkey
        FOREIGN KEY (customer_id) REFERENCES store.customer_purchased_amount (customer_id) ON DELETE RESTRICT,
    CONSTRAINT customer_window_amount_window_name_fkey FOREIGN KEY (window_name) REFERENCES store.limit_window (window_name),
    CONSTRAINT customer_window_amount_within_ceiling CHECK (amount + held <= ceiling AND limit_amount <= ceiling),
    CONSTRAINT customer_window_amount_has_an_end CHECK (starts_at < ends_at AND window_name <> 'lifetime')
);
CREATE INDEX customer_window_amount_window_name_idx ON store.customer_window_amount (window_name);

ALTER TABLE store.customer_purchased_amount
    ADD COLUMN has_windows boolean NOT NULL DEFAULT false, -- there are counters for this customer
    ADD COLUMN limit_due_at timestamptz NOT NULL DEFAULT 'infinity', -- no limit begins or ends before that
    ADD COLUMN limit_sequence_number bigint NOT NULL DEFAULT 1, -- the last event about a limit: what an admin's page was made from
    -- What was due until then is settled. The value is the moment of this migration: all was settled before.
    ADD COLUMN settled_at timestamptz NOT NULL DEFAULT statement_timestamp();
ALTER TABLE store.customer_purchased_amount ALTER COLUMN settled_at DROP DEFAULT;
-- For workers: whose limit began or ended, so that the ledger and a mail say so. Windows that are over can wait until somebody
-- buys: of customers who do not, that would be a counter a day.
CREATE INDEX customer_purchased_amount_limit_due_at_idx ON store.customer_purchased_amount (limit_due_at)
    WHERE limit_due_at < 'infinity';

ALTER TABLE store.customer_event
    ADD COLUMN window_name text NOT NULL DEFAULT 'lifetime', -- which limit it speaks of; of a refusal, which one refused
    ADD COLUMN window_limit store.usd NOT NULL DEFAULT 0, -- the limit it speaks of; 0 where it speaks of none
    ADD COLUMN window_used store.usd NOT NULL DEFAULT 0, -- of a refusal by a window: what counted in it already
    ADD COLUMN resets_at timestamptz, -- and until when
    ADD COLUMN left_amount store.usd NOT NULL DEFAULT 9999999999.99, -- the least that a window left after it
    ADD COLUMN effective_at timestamptz, -- from when it counts, where that was before it was written
    ADD COLUMN limit_change_id uuid; -- of a change that came into force or was ended: which

ALTER TABLE store.purchase
    ADD COLUMN counted_at timestamptz, -- since when it counts, held or confirmed: which windows it is in
    ADD COLUMN restored store.usd NOT NULL DEFAULT 0; -- of what was refunded: what may be bought for again

-- When a change of a limit is in force. Of those of one window that are at a moment, the one that began last counts.
ALTER TABLE store.limit_change
    ADD COLUMN window_name text NOT NULL DEFAULT 'lifetime',
    ADD COLUMN valid_from timestamptz,
    ADD COLUMN valid_to timestamptz NOT NULL DEFAULT 'infinity', -- equal to valid_from: a raise for one purchase
    ADD COLUMN limit_request_id uuid; -- the request it grants

-- A change that was taken back before it began, or ended before its time.
CREATE TABLE store.limit_change_end (
    customer_id bigint NOT NULL,
    limit_change_id uuid NOT NULL,
    ended_at timestamptz NOT NULL,
    sequence_number bigint NOT NULL,
    CONSTRAINT limit_change_end_pkey PRIMARY KEY (customer_id, limit_change_id),
    CONSTRAINT limit_change_end_customer_id_limit_change_id_fkey FOREIGN KEY (customer_id, limit_change_id)
        REFERENCES store.limit_change (customer_id, limit_change_id) ON DELETE RESTRICT,
    CONSTRAINT limit_change_end_customer_id_sequence_number_key UNIQUE (customer_id, sequence_number),
    CONSTRAINT limit_change_end_customer_id_sequence_number_fkey FOREIGN KEY (customer_id, sequence_number)
        REFERENCES store.customer_event (customer_id, sequence_number) ON DELETE RESTRICT
);

-- A raise that somebody asked for and nobody may grant alone: a customer, or an admin above second_admin_above.
CREATE TABLE store.limit_request (
    customer_id bigint NOT NULL,
    limit_request_id uuid NOT NULL, -- the idempotency key that the page made
    window_name text NOT NULL,
    limit_before store.usd NOT NULL, -- what was in force when it was asked for
    limit_wanted store.usd NOT NULL,
    valid_to timestamptz NOT NULL, -- until when it is wanted; infinity: for good
    note varchar(500) NOT NULL,
    requested_by varchar(200) NOT NULL,
    sequence_number bigint NOT NULL, -- the event of the request
    status text NOT NULL,
    proposed_by varchar(200), -- the admin who would grant this much, where it takes a second
    proposed_limit store.usd NOT NULL DEFAULT 0,
    proposed_valid_to timestamptz,
    decided_sequence_number bigint,
    CONSTRAINT limit_request_pkey PRIMARY KEY (customer_id, limit_request_id),
    CONSTRAINT limit_request_window_name_fkey FOREIGN KEY (window_name) REFERENCES store.limit_window (window_name),
    CONSTRAINT limit_request_customer_id_sequence_number_key UNIQUE (customer_id, sequence_number),
    CONSTRAINT limit_request_customer_id_sequence_number_fkey FOREIGN KEY (customer_id, sequence_number)
        REFERENCES store.customer_event (customer_id, sequence_number) ON DELETE RESTRICT,
    CONSTRAINT limit_request_customer_id_decided_sequence_number_fkey FOREIGN KEY (customer_id, decided_sequence_number)
        REFERENCES store.customer_event (customer_id, sequence_number) ON DELETE RESTRICT,
    CONSTRAINT limit_request_status_is_known CHECK (status IN ('pending', 'approved', 'denied', 'cancelled')),
    CONSTRAINT limit_request_is_decided_by_an_event CHECK ((decided_sequence_number IS NULL) = (status = 'pending')),
    CONSTRAINT limit_request_is_a_raise CHECK (limit_wanted > limit_before),
    CONSTRAINT limit_request_says_who_and_why CHECK (note <> '' AND requested_by <> '')
);
CREATE INDEX limit_request_window_name_idx ON store.limit_request (window_name);
CREATE INDEX limit_request_customer_id_decided_sequence_number_idx
    ON store.limit_request (customer_id, decided_sequence_number);
-- One at a time for each limit; also what admins' list reads.
CREATE UNIQUE INDEX limit_request_pending_key ON store.limit_request (customer_id, window_name) WHERE status = 'pending';

-- Who has been told that a limit is nearly or wholly used up: once for each limit, window and threshold.
CREATE TABLE store.limit_notice (
    customer_id bigint NOT NULL,
    window_name text NOT NULL,
    starts_at timestamptz NOT NULL, -- of the window; -infinity for the lifetime limit
    limit_amount store.usd NOT NULL,
    "percent" bigint NOT NULL,
    sequence_number bigint NOT NULL, -- the event that reached it
    CONSTRAINT limit_notice_pkey PRIMARY KEY (customer_id, window_name, starts_at, limit_amount, "percent"),
    CONSTRAINT limit_notice_window_name_fkey FOREIGN KEY (window_name) REFERENCES store.limit_window (window_name),
    CONSTRAINT limit_notice_customer_id_sequence_number_fkey FOREIGN KEY (customer_id, sequence_number)
        REFERENCES store.customer_event (customer_id, sequence_number) ON DELETE RESTRICT
);
CREATE INDEX limit_notice_window_name_idx ON store.limit_notice (window_name);
CREATE INDEX limit_notice_customer_id_sequence_number_idx ON store.limit_notice (customer_id, sequence_number);

-- What an admin may do that others may not. By the name that the ledger has for them: 'admin 3'.
CREATE TABLE store.admin_right (
    actor varchar(200) NOT NULL,
    right_name text NOT NULL,
    CONSTRAINT admin_right_pkey PRIMARY KEY (actor, right_name),
    CONSTRAINT admin_right_is_known CHECK (right_name IN ('no_limit'))
);

-- A file of limits that an admin confirmed comes into force at one moment, for all its customers. Rows are turned into changes
-- of the ledger by whoever locks the customer's row next.
CREATE TABLE store.limit_import (
    limit_import_id uuid NOT NULL,
    reason varchar(500) NOT NULL,
    actor varchar(200) NOT NULL, -- who confirmed it
    is_announced boolean NOT NULL, -- its customers' rows know of it: they look, whenever locked, whether it is in force
    in_force_at timestamptz, -- null: not yet, or never
    CONSTRAINT limit_import_pkey PRIMARY KEY (limit_import_id)
);
CREATE INDEX limit_import_in_force_at_idx ON store.limit_import (in_force_at);

CREATE TABLE store.limit_import_row (
    customer_id bigint NOT NULL,
    limit_import_id uuid NOT NULL,
    window_name text NOT NULL,
    limit_after store.usd NOT NULL,
    valid_to timestamptz NOT NULL, -- infinity: for good
    limit_change_id uuid NOT NULL, -- what it is in the ledger
    CONSTRAINT limit_import_row_pkey PRIMARY KEY (customer_id, limit_import_id, window_name),
    CONSTRAINT limit_import_row_limit_import_id_fkey FOREIGN KEY (limit_import_id) REFERENCES store.limit_import (limit_import_id),
    CONSTRAINT limit_import_row_window_name_fkey FOREIGN KEY (window_name) REFERENCES store.limit_window (window_name)
);
CREATE INDEX limit_import_row_limit_import_id_idx ON store.limit_import_row (limit_import_id);
CREATE INDEX limit_import_row_window_name_idx ON store.limit_import_row (window_name);

-- How a purchase fits a customer's limits.
CREATE TYPE store.purchase_fit AS (
    over_by numeric, -- by how much it passes the limit that refuses it; 0: it fits all
    left_amount numeric, -- what could be bought without it: the least that any limit leaves
    window_name text, -- which limit refuses it: of several the one that resets last; 'lifetime' too where none does
    window_limit numeric, -- that limit and what counts in it already, where it is a window
    window_used numeric,
    resets_at timestamptz,
    is_near boolean -- with it, half or more of some limit is used up
);

-- A limit that a purchase does not fit, and what it would have to be.
CREATE TYPE store.needed_raise AS (
    window_name text,
    limit_amount numeric,
    limit_needed numeric
);
