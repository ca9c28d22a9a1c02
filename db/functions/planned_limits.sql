-- in: customer_id; window_name, which limit; a period (valid_to: infinity for good).
-- Returns what that limit will be in the period, as it is planned now: at its beginning, and at every moment in it at which it may
-- change. Whoever sets another limit for the period raises it wherever it would have been lower, not only where it is lower now.
CREATE OR REPLACE FUNCTION store.planned_limits(customer_id bigint, window_name text, valid_from timestamptz, valid_to timestamptz)
RETURNS TABLE (moment timestamptz, limit_amount numeric)
LANGUAGE plpgsql
STABLE
AS $body$
BEGIN
    RETURN QUERY
    SELECT m.moment, l.limit_amount
    FROM (
        SELECT planned_limits.valid_from AS moment
        UNION
        SELECT unnest(ARRAY[p.valid_from, p.valid_to])
        FROM limit_period p
        WHERE p.customer_id = planned_limits.customer_id
          AND p.window_name = planned_limits.window_name
    ) m
    CROSS JOIN LATERAL limits_in_force(planned_limits.customer_id, m.moment) l
    WHERE m.moment >= planned_limits.valid_from
      AND m.moment < planned_limits.valid_to
      AND l.window_name = planned_limits.window_name;
END
$body$;
