-- Returns the day of reports that it is now: as the store's zone had it when that day began, for a day is not cut anew in the middle
-- where the zone is changed; where no report has come to it yet, the date in the store's zone.
CREATE OR REPLACE FUNCTION report.today() RETURNS date
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = report, store, pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN coalesce(
        (
            SELECT d.day
            FROM day d
            WHERE d.starts_at <= statement_timestamp()
              AND d.ends_at > statement_timestamp()
            ORDER BY d.starts_at DESC
            LIMIT 1
        ),
        (
            SELECT (statement_timestamp() AT TIME ZONE s.time_zone)::date
            FROM store_setting s
            WHERE s.store_setting_id = 1
        ));
END
$body$;
