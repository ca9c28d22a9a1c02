-- in: customer_id, a moment that is not in the future of whoever asks.
-- Returns every limit of the customer at that moment, one row a window, the lifetime limit among them: of the changes that are
-- in force then, the one that began last; of two that began together, the one decided last. Before any change it is the one
-- the customer was registered with; a window without any has no limit. What an import brings into force counts from then on,
-- whether or not it is written into the ledger yet.
CREATE OR REPLACE FUNCTION store.limits_in_force(customer_id bigint, moment timestamptz)
RETURNS TABLE (window_name text, limit_amount numeric, limit_change_id uuid, valid_to timestamptz)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN QUERY
    SELECT
        w.window_name,
        coalesce(c.limit_after::numeric, store.registered_limit(limits_in_force.customer_id, w.window_name)),
        c.limit_change_id,
        coalesce(c.valid_to, 'infinity')
    FROM store.limit_window w
    LEFT JOIN LATERAL (
        SELECT p.limit_after, p.limit_change_id, p.valid_to
        FROM store.limit_period p
        WHERE p.customer_id = limits_in_force.customer_id
          AND p.window_name = w.window_name
          AND p.valid_from <= limits_in_force.moment
          AND p.valid_to > limits_in_force.moment
        ORDER BY p.valid_from DESC, p.sequence_number DESC
        LIMIT 1
    ) c ON true;
END
$body$;
