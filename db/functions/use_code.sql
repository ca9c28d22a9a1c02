-- in: user_id; code, six digits that the account's app shows now.
-- Takes the code: whoever saw it typed, or sends it twice at once, finds it taken. It is remembered for longer than any web takes
-- it for a right one (two and a half minutes, and what their clocks may differ).
-- READ COMMITTED. Returns whether it was still to be had.
CREATE OR REPLACE FUNCTION account.use_code(user_id bigint, code text)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
BEGIN
    DELETE FROM used_code c
    WHERE c.user_id = use_code.user_id
      AND c.used_at < clock_timestamp() - interval '10 minutes';

    INSERT INTO used_code (user_id, code)
    VALUES (use_code.user_id, use_code.code)
    ON CONFLICT ON CONSTRAINT used_code_pkey DO NOTHING;
    RETURN FOUND;
END
$body$;
