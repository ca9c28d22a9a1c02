-- Takes every seal away, so that the next refresh adds up all of history anew. For operators, should the integrity page say
-- that a report is not what the ledger says (I10): after a repair of the ledger, or a clock that was set back over midnight.
CREATE OR REPLACE FUNCTION report.forget_sealed_days() RETURNS void
LANGUAGE plpgsql
SET search_path = report, store, pg_catalog, pg_temp
AS $body$
BEGIN
    TRUNCATE day, sealed_sales_by_day, sealed_sales_by_product, sealed_customer_spend, sealed_refusals_by_limit,
             sealed_refusals_by_product, sealed_limit_changes, sealed_refunds, sealed_waiting_times;
    INSERT INTO refresh_request (requested_by, requested_at) VALUES (session_user, clock_timestamp());
END
$body$;
