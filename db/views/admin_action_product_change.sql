-- What admins changed about products, and future prices they took back or replaced.
CREATE OR REPLACE VIEW store.admin_action_product_change AS
SELECT
    c.occurred_at AS happened_at,
    'product ' || c.product_id || ' ' || c.revision AS entry_key,
    c.actor,
    CASE WHEN starts_with(c.kind, 'price_') THEN c.kind ELSE 'product_' || c.kind END AS kind,
    NULL::bigint AS customer_id,
    NULL::uuid AS purchase_id,
    NULL::bigint AS purchase_number,
    c.product_id,
    NULL::text AS detail,
    c.before::text AS old_value,
    c.after::text AS new_value,
    NULL::timestamptz AS valid_from,
    NULL::timestamptz AS valid_to,
    '' AS reason
FROM store.product_change c
WHERE c.actor LIKE 'admin %';
