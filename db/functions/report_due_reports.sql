-- in: every, the schedule; null: there is none. Which reports are to be refreshed now: those last begun that long ago, those asked for since, those
-- whose refresh was interrupted (see start_refresh).
CREATE OR REPLACE FUNCTION report.due_reports(every interval) RETURNS TABLE (report_name text, requested_by text)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = report, pg_catalog, pg_temp
AS $body$
    SELECT r.report_name, q.requested_by::text
    FROM report r
    LEFT JOIN report_refresh f USING (refresh_id)
    LEFT JOIN LATERAL (
        SELECT x.requested_by
        FROM refresh_request x
        WHERE x.requested_at > coalesce(f.started_at, '-infinity')
        ORDER BY x.requested_at DESC
        LIMIT 1
    ) q ON true
    WHERE every IS NOT NULL AND f.refresh_id IS NULL
       OR f.started_at <= statement_timestamp() - every
       OR q.requested_by IS NOT NULL
       OR f.finished_at IS NULL AND f.started_at <= statement_timestamp() - interval '30 seconds'
    ORDER BY r.position
$body$;
