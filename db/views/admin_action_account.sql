-- What happened to admins' own accounts. The actor is the admin whose it is, or the operator who did it for them.
CREATE OR REPLACE VIEW store.admin_action_account AS
SELECT
    c.occurred_at AS happened_at,
    'account ' || c.kind || ' ' || c.actor AS entry_key,
    CASE WHEN c.is_by_operator THEN 'operator' ELSE c.actor::text END AS actor,
    'account_' || c.kind AS kind,
    NULL::bigint AS customer_id,
    NULL::uuid AS purchase_id,
    NULL::bigint AS purchase_number,
    NULL::bigint AS product_id,
    NULL::text AS detail,
    NULL::text AS old_value,
    CASE WHEN c.is_by_operator THEN c.actor::text END AS new_value,
    NULL::timestamptz AS valid_from,
    NULL::timestamptz AS valid_to,
    '' AS reason
FROM store.admin_account_change c;
