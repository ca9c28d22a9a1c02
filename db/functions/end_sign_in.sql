-- in: user_id. The password was right: attempts counted so far are forgotten.
CREATE OR REPLACE FUNCTION account.end_sign_in(user_id bigint)
RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
    UPDATE account.user u
    SET failed_sign_in_count = 0,
        locked_until = NULL
    WHERE u.user_id = end_sign_in.user_id
$body$;
