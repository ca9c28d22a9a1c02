-- in: customer_id.
-- Returns each limit that a customer has or could have, now, one row a window in the order in which they are shown: bought and
-- held in that window, also where it has no limit; the limit in force, with the change it comes from (null: what the customer
-- was registered with, or none) and until when (infinity: for good); when the window began and resets (null: never). What is
-- due counts as if it were settled. For an admin who is about to set a limit where there is none yet.
CREATE OR REPLACE FUNCTION store.customer_limits(customer_id bigint)
RETURNS TABLE (window_name text, amount numeric, held numeric, limit_amount numeric, limit_change_id uuid, valid_to timestamptz,
               starts_at timestamptz, resets_at timestamptz)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN QUERY
    SELECT
        l.window_name,
        coalesce(u.amount, a.amount::numeric),
        coalesce(u.held, a.held::numeric),
        l.limit_amount,
        l.limit_change_id,
        l.valid_to,
        w.starts_at,
        w.ends_at
    FROM store.customer_allowance a
    CROSS JOIN LATERAL store.limits_in_force(a.customer_id, statement_timestamp()) l
    JOIN store.limit_window o USING (window_name)
    CROSS JOIN store.store_setting s
    LEFT JOIN LATERAL (
        -- The counter's own bounds, where there is one: the store's zone may have been another when it was opened.
        SELECT coalesce(c.starts_at, b.starts_at) AS starts_at, coalesce(c.ends_at, b.ends_at) AS ends_at
        FROM store.window_at(l.window_name, statement_timestamp(), s.time_zone, s.week_starts_on) b
        LEFT JOIN store.customer_window_amount c
            ON c.customer_id = a.customer_id
            AND c.window_name = l.window_name
            AND c.starts_at <= statement_timestamp()
            AND c.ends_at > statement_timestamp()
        WHERE l.window_name <> 'lifetime'
    ) w ON true
    LEFT JOIN LATERAL (
        SELECT
            coalesce(sum(p.total - p.restored) FILTER (WHERE p.status IN ('confirmed', 'partly_refunded', 'refunded')), 0)
                AS amount,
            coalesce(sum(p.held) FILTER (WHERE p.expires_at > statement_timestamp()), 0) AS held
        FROM store.purchase p
        WHERE l.window_name <> 'lifetime'
          AND p.customer_id = a.customer_id
          AND p.counted_at >= w.starts_at
          AND p.counted_at < w.ends_at
    ) u ON l.window_name <> 'lifetime'
    WHERE a.customer_id = customer_limits.customer_id
    ORDER BY o.position;
END
$body$;
