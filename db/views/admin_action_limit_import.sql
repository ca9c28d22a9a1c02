-- Files of limits that came into force.
CREATE OR REPLACE VIEW store.admin_action_limit_import AS
SELECT
    i.in_force_at AS happened_at,
    'limit import ' || i.limit_import_id AS entry_key,
    i.actor::text AS actor,
    'limit_import' AS kind,
    NULL::bigint AS customer_id,
    NULL::uuid AS purchase_id,
    NULL::bigint AS purchase_number,
    NULL::bigint AS product_id,
    NULL::text AS detail,
    NULL::text AS old_value,
    NULL::text AS new_value,
    NULL::timestamptz AS valid_from,
    NULL::timestamptz AS valid_to,
    i.reason::text AS reason
FROM store.limit_import i
WHERE i.in_force_at IS NOT NULL;
