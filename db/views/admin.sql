-- Admins' accounts with what signing in needs. store_admin reads them here; store_web, whose password is the likelier one
-- to be stolen, sees customers' accounts only (row-level security on account.user and account.second_factor).
CREATE OR REPLACE VIEW account.admin AS
SELECT
    u.user_id,
    u.customer_id,
    u.role,
    u.email,
    u.normalized_email,
    u.password_hash,
    u.security_stamp,
    u.email_confirmed_at,
    s.protected_key,
    s.recovery_salt,
    s.enabled_at
FROM account.user u
LEFT JOIN account.second_factor s ON s.user_id = u.user_id
WHERE u.role = 'admin';
