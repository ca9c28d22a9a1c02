-- Sign-in. One row an account; customer_id names the customer it buys for, and is null for an admin, who does not buy.
-- Uniqueness across customers (the e-mail) lives here, not among the tables keyed by customer.
CREATE TABLE account.user (
    user_id bigint GENERATED ALWAYS AS IDENTITY,
    customer_id bigint,
    role text NOT NULL DEFAULT 'customer',
    email text NOT NULL,
    normalized_email text NOT NULL,
    password_hash text NOT NULL,
    security_stamp text NOT NULL, -- changes with the password; cookies that carry an older one end
    failed_sign_in_count bigint NOT NULL DEFAULT 0,
    locked_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT user_pkey PRIMARY KEY (user_id),
    CONSTRAINT user_normalized_email_key UNIQUE (normalized_email),
    CONSTRAINT user_customer_id_key UNIQUE (customer_id),
    CONSTRAINT user_role_is_known CHECK (role IN ('customer', 'admin')),
    CONSTRAINT user_customers_buy_and_admins_do_not CHECK ((role = 'customer') = (customer_id IS NOT NULL)),
    CONSTRAINT user_email_is_short CHECK (length(email) BETWEEN 3 AND 254),
    CONSTRAINT user_failed_sign_in_count_not_negative CHECK (failed_sign_in_count >= 0)
);

-- A stolen web password must not become an admin, nor guess one's password offline: store_web sees and changes customers'
-- accounts only, and opens them through open_account (see db/grants).
ALTER TABLE account.user ENABLE ROW LEVEL SECURITY;
CREATE POLICY user_web_reads_customers ON account.user FOR SELECT TO store_web USING (role = 'customer');
CREATE POLICY user_admin_reads_all ON account.user FOR SELECT TO store_admin USING (true);
CREATE POLICY user_web_changes_customers ON account.user FOR UPDATE TO store_web
    USING (role = 'customer') WITH CHECK (role = 'customer');

-- Keys that sign cookies and antiforgery tokens. store_admin reads them and store_web does not: whoever holds them can
-- sign in as anybody.
CREATE TABLE account.data_protection_key (
    friendly_name text NOT NULL,
    xml text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT data_protection_key_pkey PRIMARY KEY (friendly_name)
);
