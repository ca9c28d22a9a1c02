-- in: price_import_id, made by the page; file_name; actor ('admin 3'); the rows of the file, an array for each column,
-- ordered by product and moment: price_befores is what the dry run found to hold at that moment, null where nothing does.
-- Keeps them until somebody confirms. Changes no price, so any isolation will do.
-- Outcomes: staged, already_recorded (that file was kept under this key before), key_reused (another one was).
-- Errors: 23503 for a product that does not exist, 23514 for an amount that is no price or more rows than an import may have.
CREATE OR REPLACE FUNCTION store.stage_price_import(
    price_import_id uuid,
    file_name text,
    actor text,
    row_numbers bigint[],
    product_ids bigint[],
    prices numeric[],
    valid_froms timestamptz[],
    price_befores numeric[]
)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    INSERT INTO price_import (price_import_id, file_name, uploaded_by, uploaded_at, row_count, status, done_count, set_count)
    VALUES (stage_price_import.price_import_id, stage_price_import.file_name, stage_price_import.actor, clock_timestamp(),
            cardinality(stage_price_import.row_numbers), 'checked', 0, 0)
    ON CONFLICT ON CONSTRAINT price_import_pkey DO NOTHING;
    IF NOT FOUND THEN
        outcome := 'key_reused';
        IF EXISTS (
            SELECT
            FROM price_import i
            WHERE i.price_import_id = stage_price_import.price_import_id
              AND (i.file_name, i.uploaded_by) = (stage_price_import.file_name, stage_price_import.actor)
              AND (stage_price_import.product_ids, stage_price_import.prices, stage_price_import.valid_froms) = (
                  SELECT array_agg(r.product_id ORDER BY r.position), array_agg(r.price::numeric ORDER BY r.position),
                         array_agg(r.valid_from ORDER BY r.position)
                  FROM price_import_row r
                  WHERE r.price_import_id = i.price_import_id)
        ) THEN
            outcome := 'already_recorded';
        END IF;
        RETURN NEXT;
        RETURN;
    END IF;

    INSERT INTO price_import_row (price_import_id, position, row_number, product_id, price, valid_from, has_price_before, price_before)
    SELECT stage_price_import.price_import_id, r.position, r.row_number, r.product_id, r.price, r.valid_from,
           r.price_before IS NOT NULL, coalesce(r.price_before, 0)
    FROM unnest(stage_price_import.row_numbers, stage_price_import.product_ids, stage_price_import.prices,
                stage_price_import.valid_froms, stage_price_import.price_befores)
         WITH ORDINALITY r (row_number, product_id, price, valid_from, price_before, position);
    INSERT INTO price_import_progress (price_import_id, done_count, attempt_count)
    VALUES (stage_price_import.price_import_id, 0, 0);
    outcome := 'staged';
    RETURN NEXT;
END
$body$;
