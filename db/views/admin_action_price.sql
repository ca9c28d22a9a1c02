-- Prices that admins set, from forms and files, with the one before. Those set before that was written down are not here; nor
-- are those that were taken back or replaced before they began: admin_action_product_change has them.
CREATE OR REPLACE VIEW store.admin_action_price AS
SELECT
    p.set_at AS happened_at,
    'price ' || p.product_id || ' ' || to_char(p.valid_from AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') AS entry_key,
    p.actor,
    'price_set' AS kind,
    NULL::bigint AS customer_id,
    NULL::uuid AS purchase_id,
    NULL::bigint AS purchase_number,
    p.product_id,
    NULL::text AS detail,
    (
        SELECT b.price::text
        FROM store.product_price b
        WHERE b.product_id = p.product_id
          AND b.valid_from < p.valid_from
        ORDER BY b.valid_from DESC
        LIMIT 1
    ) AS old_value,
    p.price::text AS new_value,
    p.valid_from,
    NULL::timestamptz AS valid_to,
    '' AS reason
FROM store.product_price p
WHERE p.actor LIKE 'admin %'
  AND p.set_at IS NOT NULL;
