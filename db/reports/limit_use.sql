-- in: a customer, a window, a moment. What counts in the window by the events before that moment: purchases that were first
-- held or bought within it, and what became of them.
CREATE OR REPLACE FUNCTION report.window_state(customer_id bigint, starts_at timestamptz, ends_at timestamptz, moment timestamptz)
RETURNS TABLE (amount numeric, held numeric)
LANGUAGE sql
STABLE
SET search_path = store, pg_catalog, pg_temp
AS $body$
    SELECT
        coalesce(sum(CASE e.kind WHEN 'purchase_confirmed' THEN e.amount ELSE 0 END - e.restored), 0),
        coalesce(sum(CASE e.kind WHEN 'purchase_processing' THEN e.hold ELSE 0 END
                     - CASE e.previous_kind WHEN 'purchase_processing' THEN e.hold ELSE 0 END), 0)
    FROM (
        SELECT c.purchase_id
        FROM customer_event c
        WHERE c.customer_id = window_state.customer_id
          AND c.kind IN ('purchase_processing', 'purchase_confirmed')
        GROUP BY c.purchase_id
        HAVING min(c.occurred_at) >= starts_at AND min(c.occurred_at) < ends_at
    ) p
    JOIN customer_event e ON e.customer_id = window_state.customer_id AND e.purchase_id = p.purchase_id
    WHERE e.occurred_at < moment
$body$;

-- How much of each window's limit is used, for windows that are not over. The lifetime limit is in customer_spend. Whoever
-- bought nothing in a window that began meanwhile has no counter for it yet, and no row here.
CREATE OR REPLACE VIEW report.limit_use_source AS
SELECT
    u.customer_id,
    u.window_name,
    u.starts_at,
    u.ends_at AS resets_at,
    u.amount AS bought,
    u.held,
    u.limit_amount,
    greatest(u.limit_amount - u.amount - u.held, 0) AS left_amount,
    greatest(u.amount + u.held - u.limit_amount, 0) AS over_by,
    report.used_percent(u.amount + u.held, u.limit_amount) AS used_percent
FROM (
    SELECT
        w.customer_id,
        w.window_name,
        w.starts_at,
        w.ends_at,
        CASE WHEN b.customer_id IS NULL THEN w.amount ELSE s.amount END AS amount,
        CASE WHEN b.customer_id IS NULL THEN w.held ELSE s.held END AS held,
        CASE WHEN b.customer_id IS NULL THEN w.limit_amount ELSE l.limit_amount END AS limit_amount
    FROM store.customer_window_amount w
    CROSS JOIN (SELECT report.as_of('limit_use') AS moment) t
    LEFT JOIN report.states_before(report.as_of('limit_use')) b USING (customer_id)
    -- Something happened since: the counter says more than was known then.
    LEFT JOIN LATERAL report.window_state(b.customer_id, w.starts_at, w.ends_at, t.moment) s ON b.customer_id IS NOT NULL
    LEFT JOIN LATERAL store.limits_in_force(b.customer_id, t.moment) l
        ON b.customer_id IS NOT NULL AND l.window_name = w.window_name
    WHERE w.ends_at > t.moment
      AND w.starts_at <= t.moment
      AND (b.customer_id IS NULL OR b.amount IS NOT NULL)
) u
WHERE u.limit_amount < store.no_limit();
