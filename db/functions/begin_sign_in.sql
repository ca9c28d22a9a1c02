-- in: user_id.
-- Counts a sign-in attempt *before* its password is looked at, so that guesses sent at once cannot all be checked before
-- the first of them is counted. Five attempts, then five minutes: fixed here, where no caller can ask for others.
-- Returns whether the password may be looked at; a locked account counts no further.
CREATE OR REPLACE FUNCTION account.begin_sign_in(user_id bigint)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE account.user u
    SET failed_sign_in_count = CASE WHEN u.locked_until IS NULL THEN u.failed_sign_in_count + 1 ELSE 1 END,
        locked_until = CASE
            WHEN u.locked_until IS NULL AND u.failed_sign_in_count + 1 >= 5
            THEN clock_timestamp() + interval '5 minutes'
        END
    WHERE u.user_id = begin_sign_in.user_id
      AND (u.locked_until IS NULL OR u.locked_until <= clock_timestamp());
    RETURN FOUND;
END
$body$;
