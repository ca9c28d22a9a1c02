-- in: customer_id; window_name, which limit; a period (valid_to: infinity for good).
-- Returns what that limit is at the beginning of the period, and what it becomes at each moment in the period at which something ends
-- that has begun by then. What begins in the period is left out: it will count before anything that is set for the period, and it
-- may be taken back. Whoever sets a limit for the period raises it wherever this is lower, not only where it is lower now.
CREATE OR REPLACE FUNCTION store.standing_limits(customer_id bigint, window_name text, valid_from timestamptz, valid_to timestamptz)
RETURNS TABLE (moment timestamptz, limit_amount numeric)
LANGUAGE plpgsql
STABLE
AS $body$
BEGIN
    RETURN QUERY
    SELECT
        m.moment,
        coalesce(
            (
                SELECT p.limit_after::numeric
                FROM limit_period p
                WHERE p.customer_id = standing_limits.customer_id
                  AND p.window_name = standing_limits.window_name
                  AND p.valid_from <= standing_limits.valid_from
                  AND p.valid_to > m.moment
                ORDER BY p.valid_from DESC, p.sequence_number DESC
                LIMIT 1
            ),
            registered_limit(standing_limits.customer_id, standing_limits.window_name))
    FROM (
        SELECT standing_limits.valid_from AS moment
        UNION
        SELECT p.valid_to
        FROM limit_period p
        WHERE p.customer_id = standing_limits.customer_id
          AND p.window_name = standing_limits.window_name
          AND p.valid_from <= standing_limits.valid_from
          AND p.valid_to > standing_limits.valid_from
    ) m
    WHERE m.moment < standing_limits.valid_to;
END
$body$;
