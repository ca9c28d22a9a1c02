-- Settings that were changed or proposed to a second admin, one row each.
CREATE OR REPLACE VIEW store.admin_action_setting AS
SELECT
    c.occurred_at AS happened_at,
    'setting ' || c.version || ' ' || c.setting_name AS entry_key,
    c.actor::text AS actor,
    'setting_changed' AS kind,
    NULL::bigint AS customer_id,
    NULL::uuid AS purchase_id,
    NULL::bigint AS purchase_number,
    NULL::bigint AS product_id,
    c.setting_name AS detail,
    c.value_before::text AS old_value,
    c.value_after::text AS new_value,
    NULL::timestamptz AS valid_from,
    NULL::timestamptz AS valid_to,
    c.reason::text AS reason
FROM store.setting_change c
UNION ALL
SELECT
    p.occurred_at,
    'proposal ' || p.version || ' ' || p.actor || ' ' || s.key,
    p.actor,
    'setting_change_proposed',
    NULL,
    NULL,
    NULL,
    NULL,
    s.key,
    s.value::text,
    w.value::text,
    NULL,
    NULL,
    p.reason
FROM store.setting_proposal p
CROSS JOIN LATERAL jsonb_each(p.shown) s
JOIN LATERAL jsonb_each(p.wanted) w ON w.key = s.key AND w.value <> s.value;
