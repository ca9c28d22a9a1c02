-- Which browsers have signed in to an account, so that its owner can be told of one that has not. A browser is known by a random
-- number in a cookie of its own; here is its hash alone.
CREATE TABLE account.known_browser (
    user_id bigint NOT NULL,
    browser_hash bytea NOT NULL,
    last_sign_in_at timestamptz NOT NULL,
    CONSTRAINT known_browser_pkey PRIMARY KEY (user_id, browser_hash),
    CONSTRAINT known_browser_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.user (user_id),
    CONSTRAINT known_browser_is_a_hash CHECK (octet_length(browser_hash) = 32)
);
