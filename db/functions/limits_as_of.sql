-- in: customer_id; a moment, now or in the past.
-- Returns each limit that the customer had or could have had then, one row a window in the order in which they are shown: bought
-- and held in that window, also where it had no limit; the limit in force, with the change it came from (null: what the
-- customer was registered with, or none) and until when (infinity: for good); when the window began and reset (null: never).
-- From the ledger alone, so that it tells what the row said then; and for now it tells what the row will say once somebody
-- settles what is due. No row before the customer was registered.
CREATE OR REPLACE FUNCTION store.limits_as_of(customer_id bigint, moment timestamptz)
RETURNS TABLE (window_name text, amount numeric, held numeric, limit_amount numeric, limit_change_id uuid, valid_to timestamptz,
               starts_at timestamptz, resets_at timestamptz)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN QUERY
    WITH counted AS (
        SELECT
            -- Since when it is held or bought without a break: a hold that came to nothing is none.
            max(e.occurred_at) FILTER (WHERE e.kind = 'purchase_processing'
                                         OR e.kind = 'purchase_confirmed'
                                            AND e.previous_kind IS DISTINCT FROM 'purchase_processing') AS counted_at,
            coalesce(sum(e.amount) FILTER (WHERE e.kind = 'purchase_confirmed'), 0) - sum(e.restored) AS amount,
            CASE WHEN bool_or(e.previous_kind = 'purchase_processing') THEN 0
                ELSE coalesce(sum(e.hold) FILTER (WHERE e.kind = 'purchase_processing'
                                                  AND e.expires_at > limits_as_of.moment), 0)
            END AS held
        FROM store.customer_event e
        WHERE e.customer_id = limits_as_of.customer_id
          AND e.purchase_id IS NOT NULL
          AND coalesce(e.effective_at, e.occurred_at) <= limits_as_of.moment
        GROUP BY e.purchase_id
    )
    SELECT
        l.window_name,
        u.amount,
        u.held,
        l.limit_amount,
        l.limit_change_id,
        l.valid_to,
        w.starts_at,
        w.ends_at
    FROM store.limits_in_force(limits_as_of.customer_id, limits_as_of.moment) l
    JOIN store.limit_window o USING (window_name)
    CROSS JOIN store.store_setting s
    LEFT JOIN LATERAL (
        -- The counter's own bounds: the store's zone may have been another then.
        SELECT coalesce(c.starts_at, b.starts_at) AS starts_at, coalesce(c.ends_at, b.ends_at) AS ends_at
        FROM store.window_at(l.window_name, limits_as_of.moment, s.time_zone, s.week_starts_on) b
        LEFT JOIN store.customer_window_amount c
            ON c.customer_id = limits_as_of.customer_id
            AND c.window_name = l.window_name
            AND c.starts_at <= limits_as_of.moment
            AND c.ends_at > limits_as_of.moment
        WHERE l.window_name <> 'lifetime'
    ) w ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(c.amount), 0) AS amount, coalesce(sum(c.held), 0) AS held
        FROM counted c
        WHERE l.window_name = 'lifetime'
           OR c.counted_at >= w.starts_at AND c.counted_at < w.ends_at
    ) u
    WHERE EXISTS (
        SELECT
        FROM store.customer_event e
        WHERE e.customer_id = limits_as_of.customer_id
          AND e.sequence_number = 1
          AND e.occurred_at <= limits_as_of.moment
    )
    ORDER BY o.position;
END
$body$;
