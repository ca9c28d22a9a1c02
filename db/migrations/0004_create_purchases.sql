-- A purchase as it was decided. The uuid that the checkout page made is its idempotency key.
CREATE TABLE store.purchase (
    customer_id bigint NOT NULL,
    purchase_id uuid NOT NULL,
    request_hash bytea NOT NULL, -- SHA-256 of what was asked for: the same key with other content is refused
    status text NOT NULL,
    total store.usd NOT NULL,
    priced_at timestamptz NOT NULL, -- the moment whose prices the page showed
    shown_total store.usd NOT NULL, -- what the page said it would cost; the total is never above it
    sequence_number bigint NOT NULL, -- the event that decided it
    CONSTRAINT purchase_pkey PRIMARY KEY (customer_id, purchase_id),
    CONSTRAINT purchase_customer_id_sequence_number_key UNIQUE (customer_id, sequence_number),
    CONSTRAINT purchase_customer_id_sequence_number_fkey FOREIGN KEY (customer_id, sequence_number)
        REFERENCES store.customer_event (customer_id, sequence_number) ON DELETE RESTRICT,
    CONSTRAINT purchase_status_is_known CHECK (status IN ('confirmed', 'refused')),
    CONSTRAINT purchase_total_never_above_what_was_shown CHECK (total <= shown_total)
);

CREATE TABLE store.purchase_line (
    customer_id bigint NOT NULL,
    purchase_id uuid NOT NULL,
    product_id bigint NOT NULL,
    quantity bigint NOT NULL,
    unit_price store.usd NOT NULL,
    price_valid_from timestamptz NOT NULL, -- which price row it came from
    CONSTRAINT purchase_line_pkey PRIMARY KEY (customer_id, purchase_id, product_id),
    CONSTRAINT purchase_line_customer_id_purchase_id_fkey FOREIGN KEY (customer_id, purchase_id)
        REFERENCES store.purchase (customer_id, purchase_id) ON DELETE RESTRICT,
    CONSTRAINT purchase_line_unit_price_was_set FOREIGN KEY (product_id, price_valid_from, unit_price)
        REFERENCES store.product_price (product_id, valid_from, price) ON DELETE RESTRICT,
    CONSTRAINT purchase_line_quantity_from_1_to_99 CHECK (quantity BETWEEN 1 AND 99)
);
CREATE INDEX purchase_line_product_id_price_valid_from_idx ON store.purchase_line (product_id, price_valid_from);

-- What a customer who signed in has in the cart. Not money: pages write it directly.
CREATE TABLE store.cart_line (
    customer_id bigint NOT NULL,
    product_id bigint NOT NULL,
    quantity bigint NOT NULL,
    CONSTRAINT cart_line_pkey PRIMARY KEY (customer_id, product_id),
    CONSTRAINT cart_line_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES store.customer (customer_id),
    CONSTRAINT cart_line_product_id_fkey FOREIGN KEY (product_id) REFERENCES store.product (product_id),
    CONSTRAINT cart_line_quantity_from_1_to_99 CHECK (quantity BETWEEN 1 AND 99)
);
CREATE INDEX cart_line_product_id_idx ON store.cart_line (product_id);
