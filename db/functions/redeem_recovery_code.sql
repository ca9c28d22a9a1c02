-- in: user_id; code_hash; message_key, made by the web.
-- Takes a recovery code: it is deleted, so of any number of requests with it at once one finds it. The mail, or an admin's line in
-- the audit, says that it was used.
-- Locks the code's row until COMMIT. READ COMMITTED. Returns whether there was one.
CREATE OR REPLACE FUNCTION account.redeem_recovery_code(user_id bigint, code_hash bytea, message_key text)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
BEGIN
    DELETE FROM recovery_code c
    WHERE c.user_id = redeem_recovery_code.user_id
      AND c.code_hash = redeem_recovery_code.code_hash;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    PERFORM account.tell_of_account(redeem_recovery_code.user_id, 'recovery_code_used', redeem_recovery_code.message_key, false);
    RETURN true;
END
$body$;
