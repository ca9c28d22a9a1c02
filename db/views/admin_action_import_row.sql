-- What files of limits changed, customer by customer: as many rows as a file has, for who looks at one customer.
CREATE OR REPLACE VIEW store.admin_action_import_row AS
SELECT
    e.occurred_at AS happened_at,
    'event ' || e.customer_id || ' ' || e.sequence_number AS entry_key,
    e.actor::text AS actor,
    'limit_changed_by_file' AS kind,
    e.customer_id,
    NULL::uuid AS purchase_id,
    NULL::bigint AS purchase_number,
    NULL::bigint AS product_id,
    e.window_name AS detail,
    c.limit_before::text AS old_value,
    c.limit_after::text AS new_value,
    c.valid_from,
    c.valid_to,
    e.reason::text AS reason
FROM store.customer_event e
JOIN store.limit_change c ON c.customer_id = e.customer_id AND c.sequence_number = e.sequence_number
WHERE e.actor LIKE 'admin %'
  AND e.effective_at IS NOT NULL;
