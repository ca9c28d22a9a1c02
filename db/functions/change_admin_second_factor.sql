-- An admin's own second factor: see change_second_factor. They get no mail; the audit says so instead.
CREATE OR REPLACE FUNCTION account.change_admin_second_factor(
    user_id bigint,
    security_stamp_before text,
    security_stamp_after text,
    protected_key text,
    recovery_salt bytea,
    recovery_hashes bytea[]
)
RETURNS boolean
LANGUAGE sql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
    SELECT account.change_second_factor(
        change_admin_second_factor.user_id,
        'admin',
        change_admin_second_factor.security_stamp_before,
        change_admin_second_factor.security_stamp_after,
        change_admin_second_factor.protected_key,
        change_admin_second_factor.recovery_salt,
        change_admin_second_factor.recovery_hashes,
        NULL,
        false)
$body$;
