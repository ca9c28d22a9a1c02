-- A customer's own second factor: see change_second_factor.
CREATE OR REPLACE FUNCTION account.change_customer_second_factor(
    user_id bigint,
    security_stamp_before text,
    security_stamp_after text,
    protected_key text,
    recovery_salt bytea,
    recovery_hashes bytea[],
    message_key text
)
RETURNS boolean
LANGUAGE sql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
    SELECT account.change_second_factor(
        change_customer_second_factor.user_id,
        'customer',
        change_customer_second_factor.security_stamp_before,
        change_customer_second_factor.security_stamp_after,
        change_customer_second_factor.protected_key,
        change_customer_second_factor.recovery_salt,
        change_customer_second_factor.recovery_hashes,
        change_customer_second_factor.message_key,
        false)
$body$;
