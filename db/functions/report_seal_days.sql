-- in: max_days. Adds up that many closed days at most, the oldest first, each once for all: their events, and what these mean
-- for days that were sealed before (a refund of an earlier sale, the approval of an earlier refusal).
-- Returns how many it sealed; 0: all closed days are. At REPEATABLE READ. Errors: 40001 another process does the same.
CREATE OR REPLACE FUNCTION report.seal_days(max_days bigint) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = report, store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_known timestamptz := settled_mark();
    v_since timestamptz := sealed_until();
    v_until timestamptz;
    v_sealed bigint;
BEGIN
    IF v_known IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM extend_days(v_known);
    UPDATE day d
    SET sealed_at = clock()
    WHERE d.day IN (
        SELECT o.day
        FROM day o
        WHERE o.sealed_at IS NULL
          AND o.ends_at <= v_known
        ORDER BY o.day
        LIMIT max_days
    );
    GET DIAGNOSTICS v_sealed = ROW_COUNT;
    IF v_sealed = 0 THEN
        RETURN 0;
    END IF;
    v_until := sealed_until();

    INSERT INTO sealed_sales_by_day AS s
    SELECT * FROM sales_by_day_facts(v_since, v_until)
    ON CONFLICT (day) DO UPDATE
    SET purchases = s.purchases + excluded.purchases,
        customers = s.customers + excluded.customers,
        sold = s.sold + excluded.sold,
        refunded = s.refunded + excluded.refunded;

    INSERT INTO sealed_sales_by_product AS s
    SELECT * FROM sales_by_product_facts(v_since, v_until)
    ON CONFLICT (day, product_id) DO UPDATE
    SET purchases = s.purchases + excluded.purchases,
        units = s.units + excluded.units,
        sold = s.sold + excluded.sold,
        refunded_units = s.refunded_units + excluded.refunded_units,
        refunded = s.refunded + excluded.refunded;

    INSERT INTO sealed_customer_spend AS s
    SELECT * FROM customer_spend_facts(v_since, v_until)
    ON CONFLICT (customer_id) DO UPDATE
    SET purchases = s.purchases + excluded.purchases,
        sold = s.sold + excluded.sold,
        refunded = s.refunded + excluded.refunded,
        refusals = s.refusals + excluded.refusals,
        refused = s.refused + excluded.refused,
        recovered = s.recovered + excluded.recovered,
        peak_percent = greatest(s.peak_percent, excluded.peak_percent),
        last_purchase_at = greatest(s.last_purchase_at, excluded.last_purchase_at),
        last_refusal_at = greatest(s.last_refusal_at, excluded.last_refusal_at);

    INSERT INTO sealed_refusals_by_limit AS s
    SELECT * FROM refusals_by_limit_facts(v_since, v_until)
    ON CONFLICT (day, window_name) DO UPDATE
    SET refusals = s.refusals + excluded.refusals,
        refused = s.refused + excluded.refused,
        recoveries = s.recoveries + excluded.recoveries,
        recovered = s.recovered + excluded.recovered;

    INSERT INTO sealed_refusals_by_product AS s
    SELECT * FROM refusals_by_product_facts(v_since, v_until)
    ON CONFLICT (day, product_id) DO UPDATE
    SET refusals = s.refusals + excluded.refusals,
        units = s.units + excluded.units,
        refused = s.refused + excluded.refused,
        recovered = s.recovered + excluded.recovered;

    -- These speak of the event's own day alone.
    INSERT INTO sealed_limit_changes SELECT * FROM limit_changes_facts(v_since, v_until);
    INSERT INTO sealed_refunds SELECT * FROM refunds_facts(v_since, v_until);
    INSERT INTO sealed_waiting_times SELECT * FROM waiting_times_facts(v_since, v_until);
    RETURN v_sealed;
END
$body$;
