-- in: the customer's row, locked.
-- Opens the counter of every window that has a limit now and no counter yet, from the purchases that count in it: also where a
-- limit begins in the middle of one, or the store's zone was changed. Sees to it that the row knows when the next thing falls
-- due: a deadline, a limit that begins or ends, a window that is over. Returns the row as it then is.
CREATE OR REPLACE FUNCTION store.open_windows(account store.customer_purchased_amount) RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
BEGIN
    INSERT INTO customer_window_amount (customer_id, window_name, starts_at, ends_at, amount, held, limit_amount, ceiling)
    SELECT account.customer_id, l.window_name, w.starts_at, w.ends_at, c.amount, c.held, l.limit_amount,
           greatest(l.limit_amount, c.amount + c.held)
    FROM limits_in_force(account.customer_id, account.settled_at) l
    JOIN store_setting s ON s.store_setting_id = 1 -- by its key: a scan looks dear enough to be compiled, for 0.2 s each time
    CROSS JOIN LATERAL window_at(l.window_name, account.settled_at, s.time_zone, s.week_starts_on) w
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(p.total - p.restored) FILTER (WHERE p.status IN ('confirmed', 'partly_refunded', 'refunded')), 0)
                   AS amount,
               coalesce(sum(p.held), 0) AS held
        FROM purchase p
        WHERE p.customer_id = account.customer_id
          AND p.counted_at >= w.starts_at
          AND p.counted_at < w.ends_at
    ) c
    WHERE l.window_name <> 'lifetime'
      AND l.limit_amount < no_limit()
      AND NOT EXISTS (
          SELECT
          FROM customer_window_amount o
          WHERE o.customer_id = account.customer_id
            AND o.ends_at > account.settled_at
            AND o.window_name = l.window_name
      );

    UPDATE customer_purchased_amount a
    SET has_windows = d.has_windows,
        next_due_at = d.next_due_at,
        limit_due_at = d.limit_due_at,
        settled_at = account.settled_at
    FROM (
        SELECT
            coalesce(bool_or(q.what = 'window'), false) AS has_windows,
            coalesce(min(q.due_at) FILTER (WHERE q.due_at > account.settled_at), 'infinity') AS next_due_at,
            coalesce(min(q.due_at) FILTER (WHERE q.due_at > account.settled_at AND q.what = 'limit'), 'infinity') AS limit_due_at
        FROM (
            SELECT p.expires_at AS due_at, 'purchase' AS what
            FROM purchase p
            WHERE p.customer_id = account.customer_id
              AND p.expires_at IS NOT NULL
            UNION ALL
            SELECT unnest(ARRAY[c.valid_from, c.valid_to]), 'limit'
            FROM limit_period c
            WHERE c.customer_id = account.customer_id
            UNION ALL
            SELECT coalesce(i.in_force_at, account.settled_at + interval '1 microsecond'), 'import'
            FROM limit_import_row r
            JOIN limit_import i USING (limit_import_id)
            WHERE r.customer_id = account.customer_id
              AND i.is_announced
            UNION ALL
            SELECT o.ends_at, 'window'
            FROM customer_window_amount o
            WHERE o.customer_id = account.customer_id
        ) q
    ) d
    WHERE a.customer_id = account.customer_id
    RETURNING a.* INTO account;
    RETURN account;
END
$body$;
