-- in: user_id; browser_hash, of the browser that has just signed in; message_key, of the mail.
-- Remembers the browser. Where it is a new one the account's owner is told, but for an account's first: it has nothing to be told
-- apart from. Keeps an account's last hundred.
-- Locks the account's row until COMMIT, so that of two first ones at once one is the first. READ COMMITTED. Returns whether the
-- owner is told.
CREATE OR REPLACE FUNCTION account.note_browser(user_id bigint, browser_hash bytea, message_key text)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = account, pg_catalog, pg_temp
AS $body$
DECLARE
    v_has_others boolean;
BEGIN
    PERFORM
    FROM account.user u
    WHERE u.user_id = note_browser.user_id
    FOR NO KEY UPDATE;

    UPDATE known_browser b
    SET last_sign_in_at = clock_timestamp()
    WHERE b.user_id = note_browser.user_id
      AND b.browser_hash = note_browser.browser_hash;
    IF FOUND THEN
        RETURN false;
    END IF;

    v_has_others := EXISTS (SELECT FROM known_browser b WHERE b.user_id = note_browser.user_id);
    DELETE FROM known_browser b
    WHERE b.user_id = note_browser.user_id
      AND b.browser_hash IN (
          SELECT o.browser_hash
          FROM known_browser o
          WHERE o.user_id = note_browser.user_id
          ORDER BY o.last_sign_in_at DESC
          OFFSET 99
      );
    INSERT INTO known_browser (user_id, browser_hash, last_sign_in_at)
    VALUES (note_browser.user_id, note_browser.browser_hash, clock_timestamp());
    IF v_has_others THEN
        PERFORM account.tell_of_account(note_browser.user_id, 'new_sign_in', note_browser.message_key, false);
    END IF;
    RETURN v_has_others;
END
$body$;
