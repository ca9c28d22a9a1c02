-- Admins' accounts with what signing in needs. store_admin reads them here; store_web, whose password is the likelier one
-- to be stolen, sees customers' accounts only (row-level security on account.user).
CREATE OR REPLACE VIEW account.admin AS
SELECT user_id, customer_id, role, email, normalized_email, password_hash, security_stamp, email_confirmed_at
FROM account.user
WHERE role = 'admin';
