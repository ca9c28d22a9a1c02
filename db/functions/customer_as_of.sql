-- in: customer_id; a moment, in the past, now, or in the future: then as it will be if nothing but what is planned happens.
-- Returns the customer's limits as they were then, one row for each window that had a limit and one for the lifetime limit:
-- bought, held, limit, left, over by, and when it reset. See limits_as_of.
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
    SELECT
        l.window_name,
        l.amount,
        l.held,
        l.limit_amount,
        greatest(l.limit_amount - l.amount - l.held, 0),
        greatest(l.amount + l.held - l.limit_amount, 0),
        l.starts_at,
        l.resets_at
    FROM store.limits_as_of(customer_as_of.customer_id, customer_as_of.moment) l
    WHERE l.window_name = 'lifetime'
       OR l.limit_amount < store.no_limit();
END
$body$;
