-- in: the customer's row, locked, after a purchase; what that purchase added.
-- Where it reached a share of a limit that the store gives notice of, a mail about it is put into the outbox: once for each
-- limit, window and share, however often it is reached. Whoever turned notices off gets none, and none afterwards for what was
-- reached meanwhile.
CREATE OR REPLACE FUNCTION store.note_thresholds(account store.customer_purchased_amount, added numeric) RETURNS void
LANGUAGE plpgsql
AS $body$
BEGIN
    INSERT INTO limit_notice (customer_id, window_name, starts_at, limit_amount, "percent", sequence_number)
    SELECT account.customer_id, u.window_name, u.starts_at, u.limit_amount, p.share, account.last_sequence_number
    FROM (
        SELECT 'lifetime' AS window_name, '-infinity'::timestamptz AS starts_at, account.limit_amount::numeric AS limit_amount,
               account.amount + account.held AS used
        UNION ALL
        SELECT w.window_name, w.starts_at, w.limit_amount, w.amount + w.held
        FROM customer_window_amount w
        WHERE w.customer_id = account.customer_id
          AND w.ends_at > account.settled_at
    ) u
    CROSS JOIN store_setting s
    CROSS JOIN LATERAL unnest(s.notice_percents) AS p (share)
    WHERE s.store_setting_id = 1
      AND u.limit_amount < no_limit()
      AND u.used * 100 >= p.share * u.limit_amount
      AND (u.used - added) * 100 < p.share * u.limit_amount
    ON CONFLICT ON CONSTRAINT limit_notice_pkey DO NOTHING;
    IF FOUND AND NOT EXISTS (SELECT FROM notice_opt_out o WHERE o.customer_id = account.customer_id) THEN
        INSERT INTO outbox_message (customer_id, message_key, kind, sequence_number)
        VALUES (account.customer_id, format('event %s notice', account.last_sequence_number), 'limit_notice',
                account.last_sequence_number);
    END IF;
END
$body$;
