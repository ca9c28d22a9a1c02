-- in: user_id, attempts_allowed, locked_for (how long the account stays locked).
-- Counts a sign-in attempt *before* its password is looked at, so that guesses sent at once cannot all be checked before
-- the first of them is counted. Returns whether the password may be looked at; a locked account counts no further.
CREATE OR REPLACE FUNCTION account.begin_sign_in(user_id bigint, attempts_allowed bigint, locked_for interval)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE account.user u
    SET failed_sign_in_count = CASE WHEN u.locked_until IS NULL THEN u.failed_sign_in_count + 1 ELSE 1 END,
        locked_until = CASE
            WHEN (CASE WHEN u.locked_until IS NULL THEN u.failed_sign_in_count + 1 ELSE 1 END)
                 >= begin_sign_in.attempts_allowed
            THEN clock_timestamp() + begin_sign_in.locked_for
        END
    WHERE u.user_id = begin_sign_in.user_id
      AND (u.locked_until IS NULL OR u.locked_until <= clock_timestamp());
    RETURN FOUND;
END
$body$;
