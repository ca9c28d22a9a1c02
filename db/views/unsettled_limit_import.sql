-- Whose ledger an import still waits for, from due_at on: who was told of it and not settled since its moment, or since it was given
-- up; and whoever was settled past its moment without it, for the moment was committed only then, and nothing that began later
-- overrules it. Frozen customers among them.
CREATE OR REPLACE VIEW store.unsettled_limit_import AS
SELECT
    i.limit_import_id,
    r.customer_id,
    CASE WHEN a.settled_at < i.settle_from THEN a.next_due_at ELSE '-infinity' END AS due_at
FROM store.limit_import i
JOIN store.limit_import_row r USING (limit_import_id)
JOIN store.customer_purchased_amount a USING (customer_id)
WHERE i.settle_from IS NOT NULL
  AND r.is_change
  AND (a.settled_at < i.settle_from
       OR i.in_force_at IS NOT NULL
       AND r.valid_to > a.settled_at
       AND NOT EXISTS (
           SELECT
           FROM store.limit_change c
           WHERE c.customer_id = r.customer_id
             AND c.limit_change_id = r.limit_change_id
       )
       AND NOT EXISTS (
           SELECT
           FROM store.limit_period p
           WHERE p.customer_id = r.customer_id
             AND p.window_name = r.window_name
             AND p.limit_change_id <> r.limit_change_id
             AND p.valid_from >= i.in_force_at
             AND p.valid_from <= a.settled_at
             AND p.valid_to > a.settled_at
       ));
