-- How much of a limit is used, in percent with two decimals. A limit of 0 is used up by nothing at all.
CREATE OR REPLACE FUNCTION report.used_percent(used numeric, limit_amount numeric) RETURNS numeric
LANGUAGE sql
IMMUTABLE
AS $body$
    SELECT CASE WHEN limit_amount = 0 THEN 100 ELSE round(100 * used / limit_amount, 2) END
$body$;
