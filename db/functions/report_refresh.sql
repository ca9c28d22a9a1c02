-- in: refresh_id, from start_refresh. Brings one report to the latest moment that is known in full, in one transaction: the view
-- and what it is as of change together. Readers see the old numbers until then, and nobody waits for it. At REPEATABLE READ.
-- Outcomes: refreshed; held_up, a transaction that began long ago is still open and nothing newer is known in full; superseded,
-- somebody else has begun it anew. Errors: 40001 the same, noticed later.
CREATE OR REPLACE FUNCTION report.refresh(refresh_id bigint)
RETURNS TABLE (outcome text, as_of timestamptz, row_count bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = report, store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_report report;
BEGIN
    -- Also how others see that somebody is at it.
    SELECT r.* INTO v_report FROM report r WHERE r.refresh_id = refresh.refresh_id FOR UPDATE;
    as_of := settled_mark();
    outcome := CASE
        WHEN v_report.report_name IS NULL THEN 'superseded'
        WHEN as_of IS NULL OR as_of <= v_report.as_of THEN 'held_up'
        ELSE 'refreshed'
    END;
    IF outcome <> 'refreshed' THEN
        as_of := NULL;
        RETURN NEXT;
        RETURN;
    END IF;

    PERFORM extend_days(as_of);
    UPDATE report r SET as_of = refresh.as_of WHERE r.report_name = v_report.report_name;
    EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY report.%I', v_report.report_name);
    EXECUTE format('SELECT count(*) FROM report.%I', v_report.report_name) INTO row_count;
    UPDATE report_refresh f
    SET finished_at = clock_timestamp(),
        as_of = refresh.as_of,
        row_count = refresh.row_count
    WHERE f.refresh_id = refresh.refresh_id;
    RETURN NEXT;
END
$body$;
