-- in: limit_import_id, whose rows were all staged in this transaction without an error.
-- Adds up what the dry run found. The import can be confirmed from COMMIT on; nothing is in force before.
-- Errors: 23514 for a file without rows or with more than it may have, PL002 the import was not begun.
CREATE OR REPLACE FUNCTION store.keep_limit_import(limit_import_id uuid) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE limit_import i
    SET status = 'checked',
        row_count = s.row_count,
        change_count = s.change_count,
        raised_count = s.raised_count,
        lowered_count = s.lowered_count,
        over_count = s.over_count,
        passing_count = s.passing_count,
        passing_amount = s.passing_amount,
        customer_count = s.customer_count
    FROM (
        SELECT
            count(*) AS row_count,
            count(*) FILTER (WHERE r.is_change) AS change_count,
            count(*) FILTER (WHERE r.limit_after > r.limit_before) AS raised_count,
            count(*) FILTER (WHERE r.limit_after < r.limit_before) AS lowered_count,
            count(*) FILTER (WHERE r.used_amount > r.limit_after) AS over_count,
            coalesce(sum(r.passing_count), 0) AS passing_count,
            coalesce(sum(r.passing_amount), 0) AS passing_amount,
            count(DISTINCT r.customer_id) FILTER (WHERE r.is_change) AS customer_count
        FROM limit_import_row r
        WHERE r.limit_import_id = keep_limit_import.limit_import_id
    ) s
    WHERE i.limit_import_id = keep_limit_import.limit_import_id
      AND i.status = 'staging';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'import % was not begun', keep_limit_import.limit_import_id USING ERRCODE = 'PL002';
    END IF;

    INSERT INTO limit_import_progress (limit_import_id, announced_to, announced_count, settled_count)
    VALUES (keep_limit_import.limit_import_id, 0, 0, 0);
END
$body$;
