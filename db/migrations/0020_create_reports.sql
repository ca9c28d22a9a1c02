-- What reports read. Everything here is derived from the ledger and may be dropped; nothing that decides reads it.
-- A report X is a materialized view over the replaceable view X_source (db/reports). Its figures of closed days are in
-- sealed_X, added up once from X_facts; what is open comes from X_facts at each refresh.
CREATE SCHEMA report;

-- Whoever sees every transaction below mark_xid as over knows all that happened before moment: see set_mark.
CREATE TABLE report.mark (
    mark_xid xid8 NOT NULL,
    moment timestamptz NOT NULL,
    CONSTRAINT mark_pkey PRIMARY KEY (mark_xid)
);

-- Days of the store's zone, one after the other without a gap. A zone that is changed counts for days that begin after it.
CREATE TABLE report.day (
    day date NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    sealed_at timestamptz, -- null: open
    CONSTRAINT day_pkey PRIMARY KEY (day),
    CONSTRAINT day_starts_at_key UNIQUE (starts_at),
    CONSTRAINT day_ends_after_it_starts CHECK (starts_at < ends_at)
);
CREATE INDEX day_ends_at_idx ON report.day (ends_at) WHERE sealed_at IS NULL;

CREATE TABLE report.report (
    report_name text NOT NULL,
    position bigint NOT NULL,
    as_of timestamptz, -- it holds all that happened before this moment, and nothing else; null: never refreshed
    refresh_id bigint, -- the last that was begun
    CONSTRAINT report_pkey PRIMARY KEY (report_name),
    CONSTRAINT report_position_key UNIQUE (position)
);
INSERT INTO report.report (report_name, position)
VALUES
    ('sales_by_day', 1), ('sales_by_category', 2), ('sales_by_product', 3), ('customer_spend', 4), ('limit_use', 5),
    ('refusals_by_limit', 6), ('refusals_by_product', 7), ('limit_changes', 8), ('refunds', 9), ('waiting_times', 10);

-- Every refresh: how long it took, what it brought, why it failed.
CREATE TABLE report.report_refresh (
    refresh_id bigint GENERATED ALWAYS AS IDENTITY,
    report_name text NOT NULL,
    requested_by varchar(200), -- null: it was time
    started_at timestamptz NOT NULL,
    finished_at timestamptz, -- null: running, or its process died
    as_of timestamptz, -- null: it brought nothing new
    row_count bigint,
    error text,
    CONSTRAINT report_refresh_pkey PRIMARY KEY (refresh_id),
    CONSTRAINT report_refresh_report_name_fkey FOREIGN KEY (report_name) REFERENCES report.report (report_name),
    CONSTRAINT report_refresh_ends_one_way CHECK (error IS NULL OR as_of IS NULL)
);
CREATE INDEX report_refresh_report_name_refresh_id_idx ON report.report_refresh (report_name, refresh_id);

-- Somebody wants all reports refreshed, whatever the schedule says. Rows of their own: a report's is locked while it is refreshed.
CREATE TABLE report.refresh_request (
    refresh_request_id bigint GENERATED ALWAYS AS IDENTITY,
    requested_by varchar(200) NOT NULL,
    requested_at timestamptz NOT NULL,
    CONSTRAINT refresh_request_pkey PRIMARY KEY (refresh_request_id)
);

-- What was sold on a day, less what was refunded of that, whenever it was.
CREATE TABLE report.sealed_sales_by_day (
    day date NOT NULL,
    purchases bigint NOT NULL,
    customers bigint NOT NULL,
    sold numeric NOT NULL,
    refunded numeric NOT NULL,
    CONSTRAINT sealed_sales_by_day_pkey PRIMARY KEY (day)
);

CREATE TABLE report.sealed_sales_by_product (
    day date NOT NULL,
    product_id bigint NOT NULL,
    purchases bigint NOT NULL,
    units bigint NOT NULL,
    sold numeric NOT NULL,
    refunded_units bigint NOT NULL, -- of refunds that name the products; others are of an amount only
    refunded numeric NOT NULL,
    CONSTRAINT sealed_sales_by_product_pkey PRIMARY KEY (day, product_id)
);

-- What a customer did until the last closed day.
CREATE TABLE report.sealed_customer_spend (
    customer_id bigint NOT NULL,
    purchases bigint NOT NULL,
    sold numeric NOT NULL,
    refunded numeric NOT NULL,
    refusals bigint NOT NULL, -- by a limit
    refused numeric NOT NULL,
    recovered numeric NOT NULL, -- of that: bought after all, with an admin's approval
    peak_percent numeric NOT NULL, -- the largest share of the lifetime limit that was ever used
    last_purchase_at timestamptz,
    last_refusal_at timestamptz,
    CONSTRAINT sealed_customer_spend_pkey PRIMARY KEY (customer_id)
);

CREATE TABLE report.sealed_refusals_by_limit (
    day date NOT NULL,
    window_name text NOT NULL, -- which limit refused
    refusals bigint NOT NULL,
    refused numeric NOT NULL,
    recoveries bigint NOT NULL, -- of those: bought after all
    recovered numeric NOT NULL,
    CONSTRAINT sealed_refusals_by_limit_pkey PRIMARY KEY (day, window_name)
);

CREATE TABLE report.sealed_refusals_by_product (
    day date NOT NULL,
    product_id bigint NOT NULL,
    refusals bigint NOT NULL,
    units bigint NOT NULL,
    refused numeric NOT NULL,
    recovered numeric NOT NULL,
    CONSTRAINT sealed_refusals_by_product_pkey PRIMARY KEY (day, product_id)
);

-- Who changed limits, a customer's own changes together. Sums leave out changes from or to "no limit".
CREATE TABLE report.sealed_limit_changes (
    day date NOT NULL,
    actor text NOT NULL,
    raises bigint NOT NULL,
    raised numeric NOT NULL,
    cuts bigint NOT NULL,
    lowered numeric NOT NULL,
    others bigint NOT NULL, -- to the same amount as before, for another time
    temporary bigint NOT NULL, -- of all: with an end
    for_one_purchase bigint NOT NULL, -- of all: raises that ended with the purchase they were for
    CONSTRAINT sealed_limit_changes_pkey PRIMARY KEY (day, actor)
);

-- Refunds by the day on which they were made.
CREATE TABLE report.sealed_refunds (
    day date NOT NULL,
    actor text NOT NULL,
    refunds bigint NOT NULL,
    refunded numeric NOT NULL,
    restored numeric NOT NULL, -- of that: may be bought for again
    whole bigint NOT NULL, -- refunds after which nothing of the purchase was left
    CONSTRAINT sealed_refunds_pkey PRIMARY KEY (day, actor)
);

-- How long purchases waited for a price or for an admin, by the day on which that ended.
CREATE TABLE report.sealed_waiting_times (
    day date NOT NULL,
    waited_for text NOT NULL, -- 'price' or 'approval'
    ended_as text NOT NULL, -- the status that ended it
    purchases bigint NOT NULL,
    seconds numeric NOT NULL, -- of all of them together
    longest_seconds numeric NOT NULL,
    within_minute bigint NOT NULL, -- and each of these counts those before it too
    within_hour bigint NOT NULL,
    within_day bigint NOT NULL,
    CONSTRAINT sealed_waiting_times_pkey PRIMARY KEY (day, waited_for, ended_as)
);

-- The views' columns; db/reports says what is in them. Where a report is the sum of its days it has its seal's columns.
CREATE VIEW report.sales_by_day_source AS SELECT * FROM report.sealed_sales_by_day;
CREATE MATERIALIZED VIEW report.sales_by_day AS SELECT * FROM report.sales_by_day_source;
CREATE UNIQUE INDEX sales_by_day_key ON report.sales_by_day (day);

CREATE VIEW report.sales_by_category_source AS
SELECT s.day, s.product_id AS category_id, s.purchases, s.units, s.sold, s.refunded_units, s.refunded
FROM report.sealed_sales_by_product s;
CREATE MATERIALIZED VIEW report.sales_by_category AS SELECT * FROM report.sales_by_category_source;
CREATE UNIQUE INDEX sales_by_category_key ON report.sales_by_category (day, category_id);

CREATE VIEW report.sales_by_product_source AS SELECT * FROM report.sealed_sales_by_product;
CREATE MATERIALIZED VIEW report.sales_by_product AS SELECT * FROM report.sales_by_product_source;
CREATE UNIQUE INDEX sales_by_product_key ON report.sales_by_product (day, product_id);

CREATE VIEW report.customer_spend_source AS
SELECT
    s.customer_id,
    s.purchases,
    s.sold,
    s.refunded,
    s.sold AS bought, -- what counts against the lifetime limit
    s.sold AS held,
    s.sold AS limit_amount,
    s.sold AS left_amount,
    s.sold AS over_by,
    s.peak_percent AS used_percent,
    s.peak_percent,
    ''::text AS standing, -- 'over', 'at_limit', 'near', 'below'
    s.refusals,
    s.refused,
    s.recovered,
    s.last_purchase_at,
    s.last_refusal_at
FROM report.sealed_customer_spend s;
CREATE MATERIALIZED VIEW report.customer_spend AS SELECT * FROM report.customer_spend_source;
CREATE UNIQUE INDEX customer_spend_key ON report.customer_spend (customer_id);

CREATE VIEW report.limit_use_source AS
SELECT
    s.customer_id,
    ''::text AS window_name,
    s.last_purchase_at AS starts_at,
    s.last_purchase_at AS resets_at,
    s.sold AS bought,
    s.sold AS held,
    s.sold AS limit_amount,
    s.sold AS left_amount,
    s.sold AS over_by,
    s.peak_percent AS used_percent
FROM report.sealed_customer_spend s;
CREATE MATERIALIZED VIEW report.limit_use AS SELECT * FROM report.limit_use_source;
CREATE UNIQUE INDEX limit_use_key ON report.limit_use (customer_id, window_name);

CREATE VIEW report.refusals_by_limit_source AS SELECT * FROM report.sealed_refusals_by_limit;
CREATE MATERIALIZED VIEW report.refusals_by_limit AS SELECT * FROM report.refusals_by_limit_source;
CREATE UNIQUE INDEX refusals_by_limit_key ON report.refusals_by_limit (day, window_name);

CREATE VIEW report.refusals_by_product_source AS SELECT * FROM report.sealed_refusals_by_product;
CREATE MATERIALIZED VIEW report.refusals_by_product AS SELECT * FROM report.refusals_by_product_source;
CREATE UNIQUE INDEX refusals_by_product_key ON report.refusals_by_product (day, product_id);

CREATE VIEW report.limit_changes_source AS SELECT * FROM report.sealed_limit_changes;
CREATE MATERIALIZED VIEW report.limit_changes AS SELECT * FROM report.limit_changes_source;
CREATE UNIQUE INDEX limit_changes_key ON report.limit_changes (day, actor);

CREATE VIEW report.refunds_source AS SELECT * FROM report.sealed_refunds;
CREATE MATERIALIZED VIEW report.refunds AS SELECT * FROM report.refunds_source;
CREATE UNIQUE INDEX refunds_key ON report.refunds (day, actor);

CREATE VIEW report.waiting_times_source AS SELECT * FROM report.sealed_waiting_times;
CREATE MATERIALIZED VIEW report.waiting_times AS SELECT * FROM report.waiting_times_source;
CREATE UNIQUE INDEX waiting_times_key ON report.waiting_times (day, waited_for, ended_as);
