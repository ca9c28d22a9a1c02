-- in: user_id. Returns how many recovery codes of the account still work.
CREATE OR REPLACE FUNCTION account.count_recovery_codes(user_id bigint)
RETURNS bigint
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
    SELECT count(*)
    FROM recovery_code c
    WHERE c.user_id = count_recovery_codes.user_id
$body$;
