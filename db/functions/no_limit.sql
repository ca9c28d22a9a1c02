-- The limit of whom nothing limits: the greatest sum that usd holds, so that no rule needs a second case.
CREATE OR REPLACE FUNCTION store.no_limit() RETURNS numeric
LANGUAGE sql -- an expression: it becomes part of what calls it
IMMUTABLE PARALLEL SAFE
AS $body$
    SELECT 9999999999.99
$body$;
