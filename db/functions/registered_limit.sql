-- in: customer_id; window_name. Returns the limit that counts where no change is in force: the lifetime limit is what the customer
-- was registered with, a window has none.
CREATE OR REPLACE FUNCTION store.registered_limit(customer_id bigint, window_name text) RETURNS numeric
LANGUAGE plpgsql
STABLE
AS $body$
BEGIN
    RETURN CASE registered_limit.window_name
        WHEN 'lifetime' THEN (
            SELECT e.limit_at_time::numeric
            FROM store.customer_event e
            WHERE e.customer_id = registered_limit.customer_id
              AND e.sequence_number = 1
        )
        ELSE store.no_limit()
    END;
END
$body$;
