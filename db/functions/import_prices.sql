-- in: price_import_id, begun in this transaction; batch_size, how many rows to do now.
-- Sets the next prices of the import (record_price), in the name of who confirmed it, each only if the price it replaces is
-- still the one that the dry run showed. Locks the products of those rows, also where nothing changes, until COMMIT, which holds
-- up other changes of them and no purchase.
-- Outcomes: imported (there are more rows), done (that was the last one: COMMIT now), and three after which the
-- transaction must be rolled back: changed_meanwhile and valid_from_in_past, with the row's number, and too_slow
-- (effective_at has come). Errors: 25001 as begin_price_import, 55P03 (and 40001 in SERIALIZABLE) try again, PL002 the import
-- was not begun.
CREATE OR REPLACE FUNCTION store.import_prices(price_import_id uuid, batch_size bigint)
RETURNS TABLE (outcome text, done_count bigint, row_number bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_import record;
    v_row record;
    v_set_count bigint := 0;
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    SELECT i.status, i.confirmed_by, i.effective_at, i.row_count, i.done_count
    INTO v_import
    FROM price_import i
    WHERE i.price_import_id = import_prices.price_import_id
    FOR UPDATE;
    IF v_import.status IS DISTINCT FROM 'confirmed' OR v_import.effective_at IS NULL THEN
        RAISE EXCEPTION 'import % was not begun', import_prices.price_import_id USING ERRCODE = 'PL002';
    END IF;

    -- In the order of the rows, so that two imports wait for each other and do not block each other.
    PERFORM
    FROM product p
    WHERE p.product_id IN (
        SELECT r.product_id
        FROM price_import_row r
        WHERE r.price_import_id = import_prices.price_import_id
          AND r.position > v_import.done_count
          AND r.position <= v_import.done_count + import_prices.batch_size)
    ORDER BY p.product_id
    FOR NO KEY UPDATE;
    done_count := v_import.done_count;
    FOR v_row IN
        SELECT r.row_number, r.product_id, r.price, r.valid_from,
               coalesce(r.valid_from, v_import.effective_at) AS moment,
               CASE WHEN r.has_price_before THEN r.price_before::numeric END AS price_before
        FROM price_import_row r
        WHERE r.price_import_id = import_prices.price_import_id
          AND r.position > v_import.done_count
          AND r.position <= v_import.done_count + import_prices.batch_size
        ORDER BY r.position
    LOOP
        IF v_row.valid_from <= v_import.effective_at THEN
            outcome := 'valid_from_in_past';
        ELSIF clock_timestamp() >= v_import.effective_at THEN
            outcome := 'too_slow';
        ELSIF v_row.price_before IS DISTINCT FROM price_at(v_row.product_id, v_row.moment) THEN
            outcome := 'changed_meanwhile';
        ELSIF v_row.price_before IS DISTINCT FROM v_row.price THEN
            v_set_count := v_set_count + 1;
            IF (SELECT s.outcome <> 'price_set' FROM record_price(v_row.product_id, v_row.price, v_row.moment, v_import.confirmed_by) s) THEN
                outcome := 'too_slow';
            END IF;
        END IF;
        IF outcome IS NOT NULL THEN
            row_number := v_row.row_number;
            RETURN NEXT;
            RETURN;
        END IF;
        done_count := done_count + 1;
    END LOOP;

    IF done_count = v_import.row_count AND clock_timestamp() >= v_import.effective_at THEN
        outcome := 'too_slow';
        RETURN NEXT;
        RETURN;
    END IF;

    UPDATE price_import i
    SET done_count = import_prices.done_count,
        set_count = i.set_count + v_set_count,
        status = CASE WHEN import_prices.done_count = i.row_count THEN 'done' ELSE i.status END,
        finished_at = CASE WHEN import_prices.done_count = i.row_count THEN clock_timestamp() END
    WHERE i.price_import_id = import_prices.price_import_id;
    outcome := CASE WHEN done_count = v_import.row_count THEN 'done' ELSE 'imported' END;
    RETURN NEXT;
END
$body$;
