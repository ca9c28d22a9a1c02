-- in: a request; quote_life, how long a page's prices hold. Returns the moment whose prices hold for it: the page's, while
-- its quote holds, else when it was made. A time in the future was not on any page of ours.
CREATE OR REPLACE FUNCTION store.priced_as_of(request store.purchase_request, quote_life interval) RETURNS timestamptz
LANGUAGE plpgsql -- not sql: with a row as argument it becomes no part of what calls it, and is planned anew at every call
IMMUTABLE
AS $body$
BEGIN
    RETURN CASE
        WHEN request.priced_at <= request.requested_at AND request.priced_at > request.requested_at - quote_life
        THEN request.priced_at
        ELSE request.requested_at
    END;
END
$body$;
