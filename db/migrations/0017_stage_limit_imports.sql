-- A file of limits that an admin uploaded is kept row by row, with what the dry run found; confirmed, its workers announce it to
-- its customers, one short transaction gives it the moment from which all of it counts, and the ledgers follow.
ALTER TABLE store.limit_import
    ADD COLUMN file_name text NOT NULL,
    ADD COLUMN file_hash text NOT NULL, -- SHA-256 in hex: the same file under the same key is kept once
    ADD COLUMN uploaded_by text NOT NULL,
    ADD COLUMN uploaded_at timestamptz NOT NULL, -- all that the dry run found is as of this moment
    ADD COLUMN status text NOT NULL,
    -- What the dry run found.
    ADD COLUMN row_count bigint NOT NULL,
    ADD COLUMN change_count bigint NOT NULL, -- rows that change the limit or its end
    ADD COLUMN raised_count bigint NOT NULL,
    ADD COLUMN lowered_count bigint NOT NULL,
    ADD COLUMN over_count bigint NOT NULL,
    ADD COLUMN passing_count bigint NOT NULL, -- refusals of the last 90 days that would have passed
    ADD COLUMN passing_amount store.usd NOT NULL,
    ADD COLUMN customer_count bigint NOT NULL, -- of the rows that change something
    -- What became of it.
    ADD COLUMN confirmed_at timestamptz,
    ADD COLUMN announced_at timestamptz, -- every customer's row knows since then
    ADD COLUMN settle_from timestamptz, -- the ledgers of customers that were last settled before it are not written yet
    ADD COLUMN finished_at timestamptz,
    ADD COLUMN cancelled_by text,
    ADD COLUMN failure text,
    ADD COLUMN failed_row_number bigint; -- as a spreadsheet counts
-- Known when it is confirmed.
ALTER TABLE store.limit_import ALTER COLUMN reason DROP NOT NULL;
ALTER TABLE store.limit_import ALTER COLUMN actor DROP NOT NULL;

ALTER TABLE store.limit_import ADD CONSTRAINT limit_import_file_name_is_short CHECK (length(file_name) BETWEEN 1 AND 255);
ALTER TABLE store.limit_import ADD CONSTRAINT limit_import_status_is_known
    CHECK (status IN ('staging', 'checked', 'confirmed', 'in_force', 'done', 'failed', 'cancelled'));
ALTER TABLE store.limit_import ADD CONSTRAINT limit_import_within_a_hundred_thousand_rows
    CHECK (row_count BETWEEN 0 AND 100000 AND (row_count > 0 OR status = 'staging') AND change_count <= row_count);
ALTER TABLE store.limit_import ADD CONSTRAINT limit_import_is_confirmed_by_somebody_with_a_reason
    CHECK ((confirmed_at IS NULL) = (actor IS NULL)
           AND (confirmed_at IS NULL) = (reason IS NULL)
           AND reason <> ''
           AND (confirmed_at IS NOT NULL OR status IN ('staging', 'checked', 'cancelled')));
ALTER TABLE store.limit_import ADD CONSTRAINT limit_import_announced_before_it_is_in_force
    CHECK ((in_force_at IS NOT NULL) = (status IN ('in_force', 'done'))
           AND (in_force_at IS NULL OR announced_at IS NOT NULL)
           AND (NOT is_announced OR status IN ('confirmed', 'in_force')));
ALTER TABLE store.limit_import ADD CONSTRAINT limit_import_says_how_it_ended
    CHECK ((finished_at IS NOT NULL) = (status IN ('done', 'failed', 'cancelled'))
           AND (failure IS NOT NULL) = (status = 'failed')
           AND (cancelled_by IS NOT NULL) = (status = 'cancelled'));
CREATE INDEX limit_import_uploaded_at_idx ON store.limit_import (uploaded_at);
-- What is to be done, which is nothing most of the time.
CREATE INDEX limit_import_confirmed_at_idx ON store.limit_import (confirmed_at)
    WHERE status = 'confirmed' OR settle_from IS NOT NULL;

ALTER TABLE store.limit_import_row
    ADD COLUMN row_number bigint NOT NULL, -- as a spreadsheet counts: the header is 1
    ADD COLUMN is_change boolean NOT NULL, -- what changes nothing is no period of its own
    ADD COLUMN limit_before store.usd NOT NULL, -- what the dry run found
    ADD COLUMN valid_to_before timestamptz NOT NULL,
    ADD COLUMN limit_sequence_number bigint NOT NULL, -- the last event about the customer's limits then
    ADD COLUMN used_amount store.usd NOT NULL, -- what counted in the limit then, held or bought
    ADD COLUMN passing_count bigint NOT NULL, -- refusals by this limit that it would have let pass
    ADD COLUMN passing_amount store.usd NOT NULL;
ALTER TABLE store.limit_import_row ADD CONSTRAINT limit_import_row_is_change_where_something_changes
    CHECK (is_change = (limit_after <> limit_before OR valid_to <> valid_to_before));
DROP INDEX store.limit_import_row_limit_import_id_idx;
CREATE INDEX limit_import_row_limit_import_id_row_number_idx ON store.limit_import_row (limit_import_id, row_number);
CREATE INDEX limit_import_row_limit_import_id_customer_id_idx ON store.limit_import_row (limit_import_id, customer_id)
    WHERE is_change;

-- How far it is.
CREATE TABLE store.limit_import_progress (
    limit_import_id uuid NOT NULL,
    announced_to bigint NOT NULL, -- by number: up to which customer
    announced_count bigint NOT NULL,
    settled_count bigint NOT NULL,
    heartbeat_at timestamptz, -- when a worker last said that it lives; null: none began yet
    CONSTRAINT limit_import_progress_pkey PRIMARY KEY (limit_import_id),
    CONSTRAINT limit_import_progress_limit_import_id_fkey
        FOREIGN KEY (limit_import_id) REFERENCES store.limit_import (limit_import_id),
    CONSTRAINT limit_import_progress_not_negative CHECK (announced_count >= 0 AND settled_count >= 0)
);
