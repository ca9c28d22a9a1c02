-- in: until. Sees that every moment before it is in a day of report.day. The first is the day of the first registration.
-- Errors: 40001 another process did the same meanwhile.
CREATE OR REPLACE FUNCTION report.extend_days(until timestamptz) RETURNS void
LANGUAGE plpgsql
SET search_path = report, store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_zone text;
    v_day date;
    v_starts_at timestamptz;
    v_ends_at timestamptz;
BEGIN
    SELECT s.time_zone INTO v_zone FROM store_setting s WHERE s.store_setting_id = 1;
    SELECT d.day, d.ends_at INTO v_day, v_starts_at FROM day d ORDER BY d.starts_at DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT (least(min(c.registered_at), until) AT TIME ZONE v_zone)::date - 1 INTO v_day FROM customer c;
        v_starts_at := first_moment(v_day + 1, v_zone);
    END IF;
    WHILE v_starts_at <= until LOOP
        -- Where the zone was changed a day ends where one of the new zone does, the next that comes.
        v_day := v_day + 1;
        v_ends_at := first_moment(v_day + 1, v_zone);
        WHILE v_ends_at <= v_starts_at LOOP
            v_day := v_day + 1;
            v_ends_at := first_moment(v_day + 1, v_zone);
        END LOOP;
        INSERT INTO day (day, starts_at, ends_at) VALUES (v_day, v_starts_at, v_ends_at) ON CONFLICT DO NOTHING;
        v_starts_at := v_ends_at;
    END LOOP;
END
$body$;
