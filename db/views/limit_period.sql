-- When each change of a limit is in force: from valid_from, to valid_to or to when it was ended, whichever comes first. With
-- the rows of imports that are confirmed and not yet written into the customer's ledger (sequence_number: after all others).
CREATE OR REPLACE VIEW store.limit_period AS
SELECT
    c.customer_id,
    c.limit_change_id,
    c.window_name,
    c.limit_after,
    c.valid_from,
    least(c.valid_to, x.ended_at) AS valid_to,
    c.sequence_number,
    c.limit_request_id
FROM store.limit_change c
LEFT JOIN store.limit_change_end x USING (customer_id, limit_change_id)
UNION ALL
SELECT
    r.customer_id,
    r.limit_change_id,
    r.window_name,
    r.limit_after,
    i.in_force_at,
    r.valid_to,
    9223372036854775807,
    NULL
FROM store.limit_import_row r
JOIN store.limit_import i USING (limit_import_id)
WHERE i.in_force_at IS NOT NULL
  AND r.is_change
  AND NOT EXISTS (
      SELECT
      FROM store.limit_change c
      WHERE c.customer_id = r.customer_id
        AND c.limit_change_id = r.limit_change_id
  );
