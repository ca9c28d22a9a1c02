-- Rights that operators gave to admins or took from them. The actor is the operator: nobody else can.
CREATE OR REPLACE VIEW store.admin_action_right AS
SELECT
    c.occurred_at AS happened_at,
    'right ' || c.actor || ' ' || c.right_name AS entry_key,
    'operator' AS actor,
    CASE WHEN c.is_granted THEN 'setting_right_granted' ELSE 'setting_right_taken' END AS kind,
    NULL::bigint AS customer_id,
    NULL::uuid AS purchase_id,
    NULL::bigint AS purchase_number,
    NULL::bigint AS product_id,
    c.right_name AS detail,
    NULL::text AS old_value,
    c.actor::text AS new_value,
    NULL::timestamptz AS valid_from,
    NULL::timestamptz AS valid_to,
    '' AS reason
FROM store.admin_right_change c;
