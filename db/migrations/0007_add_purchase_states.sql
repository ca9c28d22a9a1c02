-- A purchase may wait: for a price, for an admin, for a worker. What it may become is a row of purchase_status_change.
-- The tables are small still: columns of usd are added with a default, which writes a table anew.

-- The functions that write these tables take one more argument from here on, which would be a second function beside the
-- first (facts 10).
DROP FUNCTION IF EXISTS store.place_purchase(bigint, uuid, timestamptz, numeric, bigint[], bigint[]);
DROP FUNCTION IF EXISTS store.price_lines(bigint[], bigint[], timestamptz, timestamptz);

ALTER TABLE store.store_setting
    ADD COLUMN hold_life interval NOT NULL DEFAULT interval '3 days', -- how long a purchase waits for a missing price
    ADD COLUMN approval_life interval NOT NULL DEFAULT interval '7 days', -- how long a purchase above the limit waits for an admin
    ADD COLUMN deferred_confirmation boolean NOT NULL DEFAULT false, -- taken at once, decided by a worker
    ADD COLUMN refund_restores_allowance boolean NOT NULL DEFAULT true; -- what is refunded may be bought for again

-- Which status may follow which. An event's kind is 'purchase_' and the status that it leads to.
CREATE TABLE store.purchase_status_change (
    from_status text NOT NULL,
    to_status text NOT NULL,
    from_kind text NOT NULL GENERATED ALWAYS AS ('purchase_' || from_status) STORED,
    to_kind text NOT NULL GENERATED ALWAYS AS ('purchase_' || to_status) STORED,
    CONSTRAINT purchase_status_change_pkey PRIMARY KEY (from_status, to_status),
    CONSTRAINT purchase_status_change_from_kind_to_kind_key UNIQUE (from_kind, to_kind) -- what events point at
);
INSERT INTO store.purchase_status_change (from_status, to_status)
VALUES
    ('processing', 'confirmed'), -- the price came, and all of it fits
    ('processing', 'refused'), -- the price came and is above the "at most", or the limit was cut
    ('processing', 'cancelled'),
    ('processing', 'expired'),
    ('refused', 'awaiting_approval'), -- over the limit is a question
    ('awaiting_approval', 'confirmed'),
    ('awaiting_approval', 'refused'),
    ('awaiting_approval', 'cancelled'),
    ('awaiting_approval', 'expired'),
    ('confirmed', 'partly_refunded'),
    ('confirmed', 'refunded'),
    ('partly_refunded', 'partly_refunded'),
    ('partly_refunded', 'refunded');

ALTER TABLE store.customer_event
    ADD COLUMN hold store.usd NOT NULL DEFAULT 0, -- what it holds, or what of that it releases
    ADD COLUMN restored store.usd NOT NULL DEFAULT 0, -- of a refund: what may be bought for again
    ADD COLUMN previous_kind text, -- the purchase's event before this one: null for its first
    ADD COLUMN previous_purchase_sequence_number bigint,
    ADD COLUMN expires_at timestamptz; -- until when the purchase waits, where it waits

ALTER TABLE store.customer_purchased_amount
    ADD COLUMN next_due_at timestamptz NOT NULL DEFAULT 'infinity'; -- nothing of this customer expires before that

-- An order number for people, drawn when it was asked for; it is no key, and gaps are fine.
CREATE SEQUENCE store.purchase_number_sequence AS bigint;

ALTER TABLE store.purchase
    ADD COLUMN purchase_number bigint,
    ADD COLUMN placed_at timestamptz, -- when it was asked for
    ADD COLUMN last_sequence_number bigint, -- the event that made it what it is now; sequence_number is its first
    ADD COLUMN held store.usd NOT NULL DEFAULT 0, -- what is kept for it while it is processing
    ADD COLUMN expires_at timestamptz, -- until when it waits for a price or an admin
    ADD COLUMN refunded store.usd NOT NULL DEFAULT 0,
    ADD COLUMN last_kind text NOT NULL GENERATED ALWAYS AS ('purchase_' || status) STORED;

UPDATE store.purchase p
SET purchase_number = n.purchase_number,
    placed_at = n.occurred_at,
    last_sequence_number = p.sequence_number
FROM (
    SELECT
        q.customer_id,
        q.purchase_id,
        e.occurred_at,
        row_number() OVER (ORDER BY e.occurred_at, q.customer_id, q.sequence_number) AS purchase_number
    FROM store.purchase q
    JOIN store.customer_event e USING (customer_id, sequence_number)
) n
WHERE n.customer_id = p.customer_id
  AND n.purchase_id = p.purchase_id;
SELECT setval('store.purchase_number_sequence', coalesce(max(purchase_number), 0) + 1, false) FROM store.purchase;

-- A line whose product had no price when the page was shown: the customer's own "at most" stands for it. Once the price is
-- known there is a purchase_line as well.
CREATE TABLE store.purchase_line_on_request (
    customer_id bigint NOT NULL,
    purchase_id uuid NOT NULL,
    product_id bigint NOT NULL,
    quantity bigint NOT NULL,
    at_most store.usd NOT NULL, -- US dollars a unit
    CONSTRAINT purchase_line_on_request_pkey PRIMARY KEY (customer_id, purchase_id, product_id),
    CONSTRAINT purchase_line_on_request_customer_id_purchase_id_fkey FOREIGN KEY (customer_id, purchase_id)
        REFERENCES store.purchase (customer_id, purchase_id) ON DELETE RESTRICT,
    CONSTRAINT purchase_line_on_request_product_id_fkey FOREIGN KEY (product_id)
        REFERENCES store.product (product_id) ON DELETE RESTRICT,
    CONSTRAINT purchase_line_on_request_quantity_from_1_to_99 CHECK (quantity BETWEEN 1 AND 99),
    CONSTRAINT purchase_line_on_request_at_most_within_a_million CHECK (at_most > 0 AND at_most <= 1000000)
);
CREATE INDEX purchase_line_on_request_product_id_idx ON store.purchase_line_on_request (product_id);

-- What was asked for while the store defers confirmation, until a worker decides it: written without the customer's lock,
-- gone in the transaction that records the purchase.
CREATE TABLE store.purchase_request (
    customer_id bigint NOT NULL,
    purchase_id uuid NOT NULL,
    purchase_number bigint NOT NULL, -- the order in which one customer's are decided
    request_hash bytea NOT NULL,
    priced_at timestamptz NOT NULL,
    shown_total store.usd NOT NULL,
    product_ids bigint[] NOT NULL,
    quantities bigint[] NOT NULL,
    at_mosts store.usd[] NOT NULL, -- null where the page showed a price
    requested_at timestamptz NOT NULL,
    -- No key to customer: checking it locks the customer's row, and a crowd of one customer's requests would queue there.
    -- request_purchase looks whether there is such a customer, and none is ever deleted.
    CONSTRAINT purchase_request_pkey PRIMARY KEY (customer_id, purchase_id)
);
CREATE INDEX purchase_request_customer_id_purchase_number_idx ON store.purchase_request (customer_id, purchase_number);

-- A refund happens once: refund_id is its idempotency key.
CREATE TABLE store.refund (
    customer_id bigint NOT NULL,
    refund_id uuid NOT NULL,
    purchase_id uuid NOT NULL,
    amount store.usd NOT NULL,
    sequence_number bigint NOT NULL,
    CONSTRAINT refund_pkey PRIMARY KEY (customer_id, refund_id),
    CONSTRAINT refund_customer_id_purchase_id_fkey FOREIGN KEY (customer_id, purchase_id)
        REFERENCES store.purchase (customer_id, purchase_id) ON DELETE RESTRICT,
    CONSTRAINT refund_customer_id_sequence_number_key UNIQUE (customer_id, sequence_number),
    CONSTRAINT refund_customer_id_sequence_number_fkey FOREIGN KEY (customer_id, sequence_number)
        REFERENCES store.customer_event (customer_id, sequence_number) ON DELETE RESTRICT,
    CONSTRAINT refund_is_of_something CHECK (amount > 0)
);
CREATE INDEX refund_customer_id_purchase_id_idx ON store.refund (customer_id, purchase_id);

-- Which lines a refund was for; none where it was of an amount.
CREATE TABLE store.refund_line (
    customer_id bigint NOT NULL,
    refund_id uuid NOT NULL,
    purchase_id uuid NOT NULL,
    product_id bigint NOT NULL,
    quantity bigint NOT NULL,
    CONSTRAINT refund_line_pkey PRIMARY KEY (customer_id, refund_id, product_id),
    CONSTRAINT refund_line_customer_id_refund_id_fkey FOREIGN KEY (customer_id, refund_id)
        REFERENCES store.refund (customer_id, refund_id) ON DELETE RESTRICT,
    CONSTRAINT refund_line_customer_id_purchase_id_product_id_fkey FOREIGN KEY (customer_id, purchase_id, product_id)
        REFERENCES store.purchase_line (customer_id, purchase_id, product_id) ON DELETE RESTRICT,
    CONSTRAINT refund_line_quantity_from_1_to_99 CHECK (quantity BETWEEN 1 AND 99)
);
CREATE INDEX refund_line_customer_id_purchase_id_product_id_idx ON store.refund_line (customer_id, purchase_id, product_id);

-- The customer's own "at most" a unit for a product without a price; 0 where none was given.
ALTER TABLE store.cart_line ADD COLUMN at_most store.usd NOT NULL DEFAULT 0;

-- Lines as price_lines priced them, an entry of each array per line.
CREATE TYPE store.priced_lines AS (
    total numeric, -- with the customer's "at most" for what has no price
    unit_prices numeric[], -- null: no price yet
    price_valid_froms timestamptz[],
    on_request boolean[], -- the page showed no price for it
    missing_count bigint, -- lines without a price
    unavailable_product_id bigint, -- the first that cannot be had
    above_at_most_product_id bigint -- the first whose price is above the "at most"
);
