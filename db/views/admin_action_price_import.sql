-- Files of prices that somebody confirmed or cancelled. Looking at one changes nothing and is not here.
CREATE OR REPLACE VIEW store.admin_action_price_import AS
SELECT
    a.happened_at,
    a.kind || ' ' || i.price_import_id AS entry_key,
    a.actor,
    a.kind,
    NULL::bigint AS customer_id,
    NULL::uuid AS purchase_id,
    NULL::bigint AS purchase_number,
    NULL::bigint AS product_id,
    i.price_import_id || ' ' || i.file_name AS detail,
    NULL::text AS old_value,
    i.row_count::text AS new_value,
    NULL::timestamptz AS valid_from,
    NULL::timestamptz AS valid_to,
    '' AS reason
FROM store.price_import i
CROSS JOIN LATERAL (
    VALUES
        ('price_import_confirmed', i.confirmed_by, i.confirmed_at),
        ('price_import_cancelled', i.cancelled_by, i.finished_at)
) AS a (kind, actor, happened_at)
WHERE a.actor IS NOT NULL;
