-- in: report_name; every, the schedule. Claims a report that is due for the caller, who then calls refresh or fail_refresh.
-- Returns the refresh's id; null: it is not due, or somebody else is at it. One that nobody ended and nobody is at is noted as
-- interrupted. What is older than a week is forgotten.
CREATE OR REPLACE FUNCTION report.start_refresh(report_name text, every interval) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = report, store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_report report;
    v_requested_by text;
    v_refresh_id bigint;
BEGIN
    -- Whoever refreshes it holds this row.
    SELECT r.* INTO v_report FROM report r WHERE r.report_name = start_refresh.report_name FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- Between its beginning and the row's lock there is a moment.
    IF EXISTS (
        SELECT
        FROM report_refresh f
        WHERE f.refresh_id = v_report.refresh_id
          AND f.finished_at IS NULL
          AND f.started_at > clock_timestamp() - interval '30 seconds'
    ) THEN
        RETURN NULL;
    END IF;
    SELECT d.requested_by INTO v_requested_by FROM due_reports(every) d WHERE d.report_name = start_refresh.report_name;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    UPDATE report_refresh f
    SET finished_at = clock_timestamp(),
        error = 'Its process ended before it was done.'
    WHERE f.refresh_id = v_report.refresh_id
      AND f.finished_at IS NULL;
    INSERT INTO report_refresh (report_name, requested_by, started_at)
    VALUES (start_refresh.report_name, v_requested_by, clock_timestamp())
    RETURNING refresh_id INTO v_refresh_id;
    UPDATE report r SET refresh_id = v_refresh_id WHERE r.report_name = start_refresh.report_name;

    DELETE FROM report_refresh f
    WHERE f.report_name = start_refresh.report_name
      AND f.started_at < clock_timestamp() - interval '7 days'
      AND f.refresh_id < v_refresh_id;
    DELETE FROM refresh_request q WHERE q.requested_at < clock_timestamp() - interval '7 days';
    RETURN v_refresh_id;
END
$body$;
