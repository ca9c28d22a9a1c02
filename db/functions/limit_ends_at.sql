-- in: customer_id; window_name; valid_to, of the limit that is in force now.
-- Returns when that limit ends as things are planned: what begins before a temporary one would end takes its place. One that is for
-- good ends at infinity, also where another is set to come.
CREATE OR REPLACE FUNCTION store.limit_ends_at(customer_id bigint, window_name text, valid_to timestamptz) RETURNS timestamptz
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN CASE WHEN limit_ends_at.valid_to < 'infinity' THEN least(limit_ends_at.valid_to, (
        SELECT min(p.valid_from)
        FROM limit_period p
        WHERE p.customer_id = limit_ends_at.customer_id
          AND p.window_name = limit_ends_at.window_name
          AND p.valid_from > statement_timestamp()
          AND p.valid_to > p.valid_from
    )) ELSE limit_ends_at.valid_to END;
END
$body$;
