-- in: limit_import_id; since when; until when.
-- Returns the first row of the import whose limit is another one than the dry run showed, or whose end is, or will be until
-- then: the number of the row. Null: all is as it was shown.
CREATE OR REPLACE FUNCTION store.changed_limit_import_row(limit_import_id uuid, since timestamptz, moment timestamptz)
RETURNS bigint
LANGUAGE plpgsql
STABLE
AS $body$
BEGIN
    RETURN (
        SELECT min(c.row_number)
        FROM (
            -- Somebody changed it, also for later.
            SELECT r.row_number
            FROM limit_import_row r
            JOIN customer_purchased_amount a USING (customer_id)
            WHERE r.limit_import_id = changed_limit_import_row.limit_import_id
              AND a.limit_sequence_number <> r.limit_sequence_number
              AND EXISTS (
                  SELECT
                  FROM customer_event e
                  WHERE e.customer_id = r.customer_id
                    AND e.sequence_number > r.limit_sequence_number
                    AND e.kind IN ('limit_changed', 'limit_change_scheduled', 'limit_took_effect', 'limit_change_ended')
                    AND e.window_name = r.window_name
                    AND coalesce(e.effective_at, e.occurred_at) > changed_limit_import_row.since
              )
            UNION ALL
            -- It began or ended by itself, whether or not that is written yet.
            SELECT r.row_number
            FROM limit_import_row r
            JOIN limit_change p USING (customer_id, window_name)
            WHERE r.limit_import_id = changed_limit_import_row.limit_import_id
              AND p.valid_from < p.valid_to
              AND (p.valid_from > changed_limit_import_row.since AND p.valid_from <= changed_limit_import_row.moment
                   OR p.valid_to > changed_limit_import_row.since AND p.valid_to <= changed_limit_import_row.moment)
              AND NOT EXISTS (
                  SELECT
                  FROM limit_change_end x
                  WHERE x.customer_id = p.customer_id
                    AND x.limit_change_id = p.limit_change_id
              )
            UNION ALL
            -- Another import has it.
            SELECT r.row_number
            FROM limit_import i
            JOIN limit_import_row o USING (limit_import_id)
            JOIN limit_import_row r USING (customer_id, window_name)
            WHERE i.in_force_at IS NOT NULL
              AND (i.in_force_at > changed_limit_import_row.since
                   OR o.valid_to > changed_limit_import_row.since AND o.valid_to <= changed_limit_import_row.moment)
              AND o.is_change
              AND r.limit_import_id = changed_limit_import_row.limit_import_id
        ) c
    );
END
$body$;
