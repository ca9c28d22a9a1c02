-- A second factor: who turns it on is asked for a code of an authenticator app (RFC 6238) after the password. No row here: the
-- password is enough, as it was. A web of the release before asks nobody for a code.
CREATE TABLE account.second_factor (
    user_id bigint NOT NULL,
    protected_key text NOT NULL, -- what the app was given; protected by the keys of account.data_protection_key, which the web reads
    recovery_salt bytea NOT NULL, -- of the hashes below
    enabled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT second_factor_pkey PRIMARY KEY (user_id),
    CONSTRAINT second_factor_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.user (user_id),
    CONSTRAINT second_factor_key_is_short CHECK (length(protected_key) BETWEEN 1 AND 2000),
    CONSTRAINT second_factor_salt_is_random CHECK (octet_length(recovery_salt) = 16)
);

-- What signs in once without the app. Nobody reads these, not even the web: account.redeem_recovery_code looks.
CREATE TABLE account.recovery_code (
    user_id bigint NOT NULL,
    code_hash bytea NOT NULL,
    CONSTRAINT recovery_code_pkey PRIMARY KEY (user_id, code_hash),
    CONSTRAINT recovery_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.second_factor (user_id) ON DELETE CASCADE,
    CONSTRAINT recovery_code_is_a_hash CHECK (octet_length(code_hash) = 32)
);

-- The codes of an app that were accepted a short while ago, and are not again (RFC 6238, 5.2).
CREATE TABLE account.used_code (
    user_id bigint NOT NULL,
    code text NOT NULL,
    used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT used_code_pkey PRIMARY KEY (user_id, code),
    CONSTRAINT used_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.user (user_id),
    CONSTRAINT used_code_has_six_digits CHECK (code ~ '^[0-9]{6}$')
);

-- A stolen web password reads no admin's key: as it is with their passwords.
ALTER TABLE account.second_factor ENABLE ROW LEVEL SECURITY;
CREATE POLICY second_factor_web_reads_customers ON account.second_factor FOR SELECT TO store_web
    USING (EXISTS (SELECT FROM account.user u WHERE u.user_id = second_factor.user_id AND u.role = 'customer'));

-- Customers are told of it by mail. Admins, who get none, see it in the audit.
CREATE TABLE store.admin_account_change (
    actor varchar(200) NOT NULL, -- whose account
    kind text NOT NULL, -- as a customer's mail about it
    occurred_at timestamptz NOT NULL,
    is_by_operator boolean NOT NULL, -- not by themselves
    CONSTRAINT admin_account_change_pkey PRIMARY KEY (actor, kind, occurred_at)
);
CREATE INDEX admin_account_change_occurred_at_idx ON store.admin_account_change (occurred_at);
CREATE TRIGGER admin_account_change_append_only BEFORE UPDATE OR DELETE ON store.admin_account_change
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.admin_account_change ENABLE ALWAYS TRIGGER admin_account_change_append_only;
CREATE TRIGGER admin_account_change_never_truncated BEFORE TRUNCATE ON store.admin_account_change
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.admin_account_change ENABLE ALWAYS TRIGGER admin_account_change_never_truncated;
