-- in: window_name; a moment; the store's zone and the day its weeks begin on (1 Monday … 7 Sunday).
-- Returns the window that the moment is in: from its first moment to that of the next. A day of the zone has 23 to 25 hours,
-- a month as many days as it has. Midnight that the clock skips is when the day begins; of one that comes twice, the first.
CREATE OR REPLACE FUNCTION store.window_at(
    window_name text,
    moment timestamptz,
    time_zone text,
    week_starts_on bigint,
    OUT starts_at timestamptz,
    OUT ends_at timestamptz
)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_shift interval := CASE window_name WHEN 'week' THEN make_interval(days => (week_starts_on - 1)::int) ELSE '0' END;
    v_first timestamp := date_trunc(window_name, moment AT TIME ZONE time_zone - v_shift) + v_shift;
    v_next timestamp := v_first + ('1 ' || window_name)::interval;
BEGIN
    starts_at := store.first_moment(v_first, time_zone);
    ends_at := store.first_moment(v_next, time_zone);
END
$body$;
