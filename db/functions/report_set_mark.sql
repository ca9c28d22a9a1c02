-- Notes a moment and a transaction id drawn after it. Events are stamped by transactions that had their id already (they hold
-- the customer's lock, which takes one), so whoever sees all transactions below that id as over sees every event before that
-- moment: a report as of then is complete, and stays what the ledger says for ever.
-- To be called first in its transaction. Returns the moment. Errors: PL001 the transaction has an id already.
CREATE OR REPLACE FUNCTION report.set_mark() RETURNS timestamptz
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = report, store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_moment timestamptz;
BEGIN
    IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
        RAISE EXCEPTION 'a mark is set first in its transaction' USING ERRCODE = 'PL001';
    END IF;
    v_moment := clock();
    INSERT INTO mark (mark_xid, moment) VALUES (pg_current_xact_id(), v_moment);
    -- What is older than the newest that may be used is used no more.
    DELETE FROM mark m WHERE m.moment < settled_mark();
    RETURN v_moment;
END
$body$;
