-- The latest moment before which this transaction sees every event there will ever be; null: none yet. One statement that is
-- left open with a transaction id holds it up, of any database of the server.
CREATE OR REPLACE FUNCTION report.settled_mark() RETURNS timestamptz
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = report, pg_catalog, pg_temp
AS $body$
    SELECT max(m.moment) FROM report.mark m WHERE m.mark_xid < pg_snapshot_xmin(pg_current_snapshot())
$body$;
