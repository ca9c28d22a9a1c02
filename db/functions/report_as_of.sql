-- The moment up to which a report holds everything; null: it was never refreshed.
CREATE OR REPLACE FUNCTION report.as_of(report_name text) RETURNS timestamptz
LANGUAGE sql
STABLE
AS $body$
    SELECT r.as_of FROM report.report r WHERE r.report_name = as_of.report_name
$body$;
