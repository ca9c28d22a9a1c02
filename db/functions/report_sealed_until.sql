-- Where the sealed days end and the open ones begin.
CREATE OR REPLACE FUNCTION report.sealed_until() RETURNS timestamptz
LANGUAGE sql
STABLE
AS $body$
    SELECT coalesce(max(d.ends_at), '-infinity') FROM report.day d WHERE d.sealed_at IS NOT NULL
$body$;
