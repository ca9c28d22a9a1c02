-- The clock that decides what is due and which window it is. A function of its own, so that a test can turn it on to the end
-- of a month; nothing else ever replaces it, but for the demo store while it is being filled.
CREATE OR REPLACE FUNCTION store.clock() RETURNS timestamptz
LANGUAGE sql -- an expression: it becomes part of what calls it
VOLATILE
AS $body$
    SELECT clock_timestamp()
$body$;
