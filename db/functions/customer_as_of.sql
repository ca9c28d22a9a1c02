-- in: customer_id; a moment, now or in the past.
-- Returns the customer's limits as they were then, one row for each window that had a limit and one for the lifetime limit:
-- bought, held, limit, left, over by, and when it reset. From the ledger alone, so that it tells what the row said then; and
-- for now it tells what the row will say once somebody settles what is due. No row before the customer was registered.
CREATE OR REPLACE FUNCTION store.customer_as_of(customer_id bigint, moment timestamptz)
RETURNS TABLE (window_name text, amount numeric, held numeric, limit_amount numeric, left_amount numeric, over_by numeric,
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
            min(e.occurred_at) FILTER (WHERE e.kind IN ('purchase_processing', 'purchase_confirmed')) AS counted_at,
            coalesce(sum(e.amount) FILTER (WHERE e.kind = 'purchase_confirmed'), 0) - sum(e.restored) AS amount,
            CASE WHEN bool_or(e.previous_kind = 'purchase_processing') THEN 0
                ELSE coalesce(sum(e.hold) FILTER (WHERE e.kind = 'purchase_processing'
                                                  AND e.expires_at > customer_as_of.moment), 0)
            END AS held
        FROM store.customer_event e
        WHERE e.customer_id = customer_as_of.customer_id
          AND e.purchase_id IS NOT NULL
          AND coalesce(e.effective_at, e.occurred_at) <= customer_as_of.moment
        GROUP BY e.purchase_id
    )
    SELECT
        l.window_name,
        u.amount,
        u.held,
        l.limit_amount,
        greatest(l.limit_amount - u.amount - u.held, 0),
        greatest(u.amount + u.held - l.limit_amount, 0),
        w.starts_at,
        w.ends_at
    FROM store.limits_in_force(customer_as_of.customer_id, customer_as_of.moment) l
    JOIN store.limit_window o USING (window_name)
    CROSS JOIN store.store_setting s
    LEFT JOIN LATERAL (
        -- The counter's own bounds: the store's zone may have been another then.
        SELECT coalesce(c.starts_at, b.starts_at) AS starts_at, coalesce(c.ends_at, b.ends_at) AS ends_at
        FROM store.window_at(l.window_name, customer_as_of.moment, s.time_zone, s.week_starts_on) b
        LEFT JOIN store.customer_window_amount c
            ON c.customer_id = customer_as_of.customer_id
            AND c.window_name = l.window_name
            AND c.starts_at <= customer_as_of.moment
            AND c.ends_at > customer_as_of.moment
        WHERE l.window_name <> 'lifetime'
    ) w ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(c.amount), 0) AS amount, coalesce(sum(c.held), 0) AS held
        FROM counted c
        WHERE l.window_name = 'lifetime'
           OR c.counted_at >= w.starts_at AND c.counted_at < w.ends_at
    ) u
    WHERE (l.window_name = 'lifetime' OR l.limit_amount < store.no_limit())
      AND EXISTS (
          SELECT
          FROM store.customer_event e
          WHERE e.customer_id = customer_as_of.customer_id
            AND e.sequence_number = 1
            AND e.occurred_at <= customer_as_of.moment
      )
    ORDER BY o.position;
END
$body$;
