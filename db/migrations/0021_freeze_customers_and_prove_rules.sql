-- A customer whose row and ledger differ is frozen: no money function writes for that customer until somebody has looked.

-- In the row that every purchase locks, so that looking costs nothing.
ALTER TABLE store.customer_purchased_amount ADD COLUMN is_frozen boolean NOT NULL DEFAULT false;

-- Every freeze there was, and how it ended.
CREATE TABLE store.customer_freeze (
    customer_id bigint NOT NULL,
    frozen_at timestamptz NOT NULL,
    detail varchar(2000) NOT NULL, -- what differed then
    frozen_by varchar(200) NOT NULL,
    released_at timestamptz, -- null: still frozen
    released_by varchar(200),
    release_reason varchar(500),
    CONSTRAINT customer_freeze_pkey PRIMARY KEY (customer_id, frozen_at),
    CONSTRAINT customer_freeze_customer_id_fkey
        FOREIGN KEY (customer_id) REFERENCES store.customer (customer_id) ON DELETE RESTRICT,
    CONSTRAINT customer_freeze_says_what_differs CHECK (detail <> '' AND frozen_by <> ''),
    CONSTRAINT customer_freeze_release_says_who_and_why
        CHECK (CASE WHEN released_at IS NULL THEN released_by IS NULL AND release_reason IS NULL
               ELSE released_at >= frozen_at AND coalesce(released_by, '') <> '' AND coalesce(release_reason, '') <> '' END)
);

-- Whoever meets a broken row first records it; at most one freeze of a customer is open.
CREATE UNIQUE INDEX customer_freeze_customer_id_idx ON store.customer_freeze (customer_id) WHERE released_at IS NULL;
-- What the audit reads, newest first, of everybody or of one admin.
CREATE INDEX customer_freeze_released_at_idx ON store.customer_freeze (released_at) WHERE released_at IS NOT NULL;

-- A freeze is written once and released once; it is never deleted, and what it says never changes.
CREATE FUNCTION store.guard_customer_freeze() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.customer_id, NEW.frozen_at, NEW.detail, NEW.frozen_by) = (OLD.customer_id, OLD.frozen_at, OLD.detail, OLD.frozen_by)
           AND OLD.released_at IS NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of store.customer_freeze is refused: a freeze is released once and never changes', TG_OP
        USING ERRCODE = '42501';
END
$body$;

CREATE TRIGGER customer_freeze_never_changes BEFORE UPDATE OR DELETE ON store.customer_freeze
    FOR EACH ROW EXECUTE FUNCTION store.guard_customer_freeze();
ALTER TABLE store.customer_freeze ENABLE ALWAYS TRIGGER customer_freeze_never_changes;
CREATE TRIGGER customer_freeze_never_truncated BEFORE TRUNCATE ON store.customer_freeze
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.customer_freeze ENABLE ALWAYS TRIGGER customer_freeze_never_truncated;

-- What workers found when they proved the rules of db/views/integrity_*: the last proofs of each rule, for the Integrity page and
-- /health/ledger. A proof reads whole ledgers, so nobody waits for one.
CREATE TABLE store.integrity_proof (
    rule text NOT NULL, -- I1 … I15
    started_at timestamptz NOT NULL, -- what was written later it did not see
    finished_at timestamptz NOT NULL,
    violation_count bigint NOT NULL, -- 0 where error says that nobody knows
    sample text[] NOT NULL,
    error varchar(500), -- why it could not be proved
    CONSTRAINT integrity_proof_pkey PRIMARY KEY (rule, started_at),
    CONSTRAINT integrity_proof_takes_its_time CHECK (finished_at >= started_at),
    CONSTRAINT integrity_proof_shows_some_violations
        CHECK (violation_count >= 0 AND cardinality(sample) <= 20 AND cardinality(sample) <= violation_count)
);

-- One row: the round of proofs that ran last or runs, and when the next one is due.
CREATE TABLE store.integrity_schedule (
    integrity_schedule_id bigint NOT NULL,
    round_started_at timestamptz,
    round_finished_at timestamptz, -- null while it runs, and where its process died
    next_due_at timestamptz NOT NULL,
    requested_at timestamptz, -- by an admin, who does not want to wait until then
    requested_by varchar(200),
    CONSTRAINT integrity_schedule_pkey PRIMARY KEY (integrity_schedule_id),
    CONSTRAINT integrity_schedule_has_one_row CHECK (integrity_schedule_id = 1),
    CONSTRAINT integrity_schedule_request_says_who CHECK ((requested_at IS NULL) = (requested_by IS NULL))
);
INSERT INTO store.integrity_schedule (integrity_schedule_id, next_due_at) VALUES (1, '-infinity');
