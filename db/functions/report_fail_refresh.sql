-- in: refresh_id; error, a sentence for admins. Notes that a refresh brought nothing. One that ended is left as it is.
CREATE OR REPLACE FUNCTION report.fail_refresh(refresh_id bigint, error text) RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = report, pg_catalog, pg_temp
AS $body$
    UPDATE report_refresh f
    SET finished_at = clock_timestamp(),
        error = left(fail_refresh.error, 1000)
    WHERE f.refresh_id = fail_refresh.refresh_id
      AND f.finished_at IS NULL
$body$;
