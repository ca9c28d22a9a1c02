-- in: user_id; role, of the accounts that the caller may change; security_stamp_before, the one that allowed it; and what is to be:
-- security_stamp_after, protected_key (null: no second factor any more), recovery_salt, recovery_hashes (none of the codes that
-- there were works any more); message_key, of the mail; is_by_operator.
-- Every other sign-in of the account ends with its stamp.
-- Locks the account's row until COMMIT. READ COMMITTED. Returns whether it changed: false when the stamp is another by now, and for
-- taking off what is not there.
CREATE OR REPLACE FUNCTION account.change_second_factor(
    user_id bigint,
    role text,
    security_stamp_before text,
    security_stamp_after text,
    protected_key text,
    recovery_salt bytea,
    recovery_hashes bytea[],
    message_key text,
    is_by_operator boolean
)
RETURNS boolean
LANGUAGE plpgsql
AS $body$
DECLARE
    v_key_before text;
    v_enabled_at timestamptz;
BEGIN
    IF change_second_factor.protected_key IS NULL
       AND NOT EXISTS (SELECT FROM account.second_factor s WHERE s.user_id = change_second_factor.user_id) THEN
        RETURN false;
    END IF;

    UPDATE account.user u
    SET security_stamp = change_second_factor.security_stamp_after
    WHERE u.user_id = change_second_factor.user_id
      AND u.role = change_second_factor.role
      AND u.security_stamp = change_second_factor.security_stamp_before;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    DELETE FROM account.second_factor s
    WHERE s.user_id = change_second_factor.user_id
    RETURNING s.protected_key, s.enabled_at INTO v_key_before, v_enabled_at;
    IF change_second_factor.protected_key IS NOT NULL THEN
        INSERT INTO account.second_factor (user_id, protected_key, recovery_salt, enabled_at)
        VALUES (change_second_factor.user_id, change_second_factor.protected_key, change_second_factor.recovery_salt,
                CASE WHEN change_second_factor.protected_key = v_key_before THEN v_enabled_at ELSE clock_timestamp() END);
        INSERT INTO account.recovery_code (user_id, code_hash)
        SELECT change_second_factor.user_id, h.code_hash
        FROM unnest(change_second_factor.recovery_hashes) AS h (code_hash);
    END IF;

    PERFORM account.tell_of_account(
        change_second_factor.user_id,
        CASE
            WHEN change_second_factor.protected_key IS NULL THEN 'two_factor_off'
            WHEN change_second_factor.protected_key = v_key_before THEN 'recovery_codes_renewed'
            ELSE 'two_factor_on'
        END,
        change_second_factor.message_key,
        change_second_factor.is_by_operator);
    RETURN true;
END
$body$;
