-- A file of prices that an admin uploaded and that was found to be in order: what the dry run showed, row by row, is what
-- is imported. One whole import is one transaction, which holds a lock on its row here until it ends: while one runs
-- nobody else can begin it, and when its process dies the lock is gone and the next worker begins it anew.
CREATE TABLE store.price_import (
    price_import_id uuid NOT NULL, -- made by the page: a file sent twice is kept once
    file_name text NOT NULL,
    uploaded_by text NOT NULL,
    uploaded_at timestamptz NOT NULL,
    row_count bigint NOT NULL,
    status text NOT NULL,
    confirmed_by text, -- who the prices are set by
    confirmed_at timestamptz,
    effective_at timestamptz, -- one moment for all rows that say "from now on"; a little later than the import's end
    done_count bigint NOT NULL, -- grows within the import's transaction; what can be seen meanwhile is in price_import_progress
    set_count bigint NOT NULL, -- done_count without the rows that changed nothing
    finished_at timestamptz,
    cancelled_by text,
    failure text, -- what went wrong, as import_prices names it
    failed_row_number bigint, -- as a spreadsheet counts; null where no row is to blame
    CONSTRAINT price_import_pkey PRIMARY KEY (price_import_id),
    CONSTRAINT price_import_file_name_is_short CHECK (length(file_name) BETWEEN 1 AND 255),
    CONSTRAINT price_import_status_is_known CHECK (status IN ('checked', 'confirmed', 'done', 'failed', 'cancelled')),
    CONSTRAINT price_import_is_confirmed_by_somebody
        CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)
               AND (confirmed_by IS NOT NULL OR status IN ('checked', 'cancelled'))),
    CONSTRAINT price_import_is_done_when_every_row_is CHECK (status <> 'done' OR done_count = row_count),
    CONSTRAINT price_import_counts_within_its_rows
        CHECK (row_count BETWEEN 1 AND 20000 AND done_count BETWEEN 0 AND row_count AND set_count BETWEEN 0 AND done_count),
    CONSTRAINT price_import_says_how_it_ended
        CHECK ((finished_at IS NOT NULL) = (status IN ('done', 'failed', 'cancelled'))
               AND (failure IS NOT NULL) = (status = 'failed')
               AND (cancelled_by IS NOT NULL) = (status = 'cancelled'))
);
CREATE INDEX price_import_uploaded_at_idx ON store.price_import (uploaded_at);
-- What is to be done, which is nothing most of the time.
CREATE INDEX price_import_confirmed_at_idx ON store.price_import (confirmed_at) WHERE status = 'confirmed';

CREATE TABLE store.price_import_row (
    price_import_id uuid NOT NULL,
    position bigint NOT NULL, -- by product, then moment: two imports lock products in one order
    row_number bigint NOT NULL, -- as a spreadsheet counts: the header is 1
    product_id bigint NOT NULL,
    price store.usd NOT NULL,
    valid_from timestamptz, -- null: from now on
    has_price_before boolean NOT NULL,
    price_before store.usd NOT NULL, -- what the dry run showed as the old price at that moment; 0 where there was none
    CONSTRAINT price_import_row_pkey PRIMARY KEY (price_import_id, position),
    CONSTRAINT price_import_row_price_import_id_fkey FOREIGN KEY (price_import_id) REFERENCES store.price_import (price_import_id),
    CONSTRAINT price_import_row_product_id_fkey FOREIGN KEY (product_id) REFERENCES store.product (product_id),
    CONSTRAINT price_import_row_price_within_a_million CHECK (price <= 1000000),
    CONSTRAINT price_import_row_price_before_is_zero_without_one CHECK (has_price_before OR price_before = 0)
);
CREATE INDEX price_import_row_product_id_idx ON store.price_import_row (product_id);

-- How far an import is, for whoever looks, and whether somebody wants it stopped. Written by other transactions than the
-- import's own, which cannot show anything before it commits; the import's never reads or writes it.
CREATE TABLE store.price_import_progress (
    price_import_id uuid NOT NULL,
    done_count bigint NOT NULL,
    heartbeat_at timestamptz, -- when a worker last said that it lives; null: none began yet
    attempt_count bigint NOT NULL,
    cancel_requested_by text,
    CONSTRAINT price_import_progress_pkey PRIMARY KEY (price_import_id),
    CONSTRAINT price_import_progress_price_import_id_fkey
        FOREIGN KEY (price_import_id) REFERENCES store.price_import (price_import_id),
    CONSTRAINT price_import_progress_not_negative CHECK (done_count >= 0 AND attempt_count >= 0)
);
