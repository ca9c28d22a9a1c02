-- in: actor. Has every report refreshed as soon as a worker looks, whatever the schedule says. What is being refreshed at this
-- moment is refreshed once more.
CREATE OR REPLACE FUNCTION report.request_refresh(actor text) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = report, store, pg_catalog, pg_temp
AS $body$
BEGIN
    IF coalesce(actor, '') = '' THEN
        RAISE EXCEPTION 'who asks for a refresh has a name' USING ERRCODE = 'PL001';
    END IF;
    INSERT INTO refresh_request (requested_by, requested_at) VALUES (actor, clock_timestamp());
END
$body$;
