-- in: a time on the zone's clocks. Returns the first moment at which they show it, or, where they skip it, go on behind it.
CREATE OR REPLACE FUNCTION store.first_moment(shown timestamp, time_zone text) RETURNS timestamptz
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_moment timestamptz := shown AT TIME ZONE time_zone; -- the second of two
BEGIN
    IF (v_moment - interval '1 hour') AT TIME ZONE time_zone = shown THEN
        RETURN v_moment - interval '1 hour';
    END IF;
    RETURN v_moment;
END
$body$;
