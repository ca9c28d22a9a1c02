-- Who changed which setting, when, from what to what, and why. Until here settings were changed with UPDATE, and nobody knows.

-- Counts the changes: two admins who look at the same version cannot overwrite each other.
ALTER TABLE store.store_setting ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE store.store_setting ADD CONSTRAINT store_setting_version_counts_from_one CHECK (version >= 1);

CREATE TABLE store.setting_change (
    version bigint NOT NULL, -- of the settings, after the change
    setting_name text NOT NULL, -- the column of store_setting
    value_before jsonb NOT NULL, -- times as ISO 8601 durations
    value_after jsonb NOT NULL,
    actor varchar(200) NOT NULL,
    reason varchar(500) NOT NULL,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT setting_change_pkey PRIMARY KEY (version, setting_name),
    CONSTRAINT setting_change_changes_something CHECK (value_before <> value_after),
    CONSTRAINT setting_change_says_who_and_why CHECK (actor <> '' AND reason <> '')
);

-- What one admin wants and may not do alone. It lapses with the version that it was made for.
CREATE TABLE store.setting_proposal (
    version bigint NOT NULL, -- of the settings, before the change
    actor varchar(200) NOT NULL,
    occurred_at timestamptz NOT NULL, -- of one admin's for one version the last counts
    shown jsonb NOT NULL, -- what every setting was
    wanted jsonb NOT NULL, -- and is to be
    reason varchar(500) NOT NULL,
    CONSTRAINT setting_proposal_pkey PRIMARY KEY (version, actor, occurred_at),
    CONSTRAINT setting_proposal_says_who_and_why CHECK (actor <> '' AND reason <> '')
);

-- Rights are given and taken by operators, not by the web.
CREATE TABLE store.admin_right_change (
    actor varchar(200) NOT NULL, -- whose right
    right_name text NOT NULL,
    occurred_at timestamptz NOT NULL,
    is_granted boolean NOT NULL,
    CONSTRAINT admin_right_change_pkey PRIMARY KEY (actor, right_name, occurred_at)
);

CREATE TRIGGER setting_change_append_only BEFORE UPDATE OR DELETE ON store.setting_change
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.setting_change ENABLE ALWAYS TRIGGER setting_change_append_only;
CREATE TRIGGER setting_change_never_truncated BEFORE TRUNCATE ON store.setting_change
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.setting_change ENABLE ALWAYS TRIGGER setting_change_never_truncated;

CREATE TRIGGER setting_proposal_append_only BEFORE UPDATE OR DELETE ON store.setting_proposal
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.setting_proposal ENABLE ALWAYS TRIGGER setting_proposal_append_only;
CREATE TRIGGER setting_proposal_never_truncated BEFORE TRUNCATE ON store.setting_proposal
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.setting_proposal ENABLE ALWAYS TRIGGER setting_proposal_never_truncated;

CREATE TRIGGER admin_right_change_append_only BEFORE UPDATE OR DELETE ON store.admin_right_change
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.admin_right_change ENABLE ALWAYS TRIGGER admin_right_change_append_only;
CREATE TRIGGER admin_right_change_never_truncated BEFORE TRUNCATE ON store.admin_right_change
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.admin_right_change ENABLE ALWAYS TRIGGER admin_right_change_never_truncated;

-- What the audit pages read, newest first, of everybody or of one admin. Customers' own events are in neither of the first two,
-- so a purchase pays nothing for them.
CREATE INDEX customer_event_occurred_at_idx ON store.customer_event (occurred_at)
    WHERE actor LIKE 'admin %' AND effective_at IS NULL;
CREATE INDEX customer_event_actor_occurred_at_idx ON store.customer_event (actor, occurred_at)
    WHERE actor LIKE 'admin %' AND effective_at IS NULL;
CREATE INDEX product_change_occurred_at_idx ON store.product_change (occurred_at);
CREATE INDEX product_price_set_at_idx ON store.product_price (set_at) WHERE actor LIKE 'admin %';
