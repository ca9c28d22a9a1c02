-- in: user_id. The password was right, and a code is asked for next: this attempt was no wrong guess, and no more than that is
-- forgotten. Otherwise whoever knows the password could guess codes for ever, with the password in between.
CREATE OR REPLACE FUNCTION account.take_back_sign_in(user_id bigint)
RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
    UPDATE account.user u
    SET failed_sign_in_count = u.failed_sign_in_count - 1,
        -- Fewer than five are no lock (begin_sign_in): it was this attempt that made it.
        locked_until = NULL
    WHERE u.user_id = take_back_sign_in.user_id
      AND u.failed_sign_in_count BETWEEN 1 AND 5
$body$;
