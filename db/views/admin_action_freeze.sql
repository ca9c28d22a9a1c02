-- Customers that admins released after their row and ledger had differed. To freeze one is nobody's action.
CREATE OR REPLACE VIEW store.admin_action_freeze AS
SELECT
    f.released_at AS happened_at,
    'freeze ' || f.customer_id || ' ' || extract(epoch FROM f.frozen_at) AS entry_key,
    f.released_by::text AS actor,
    'customer_released' AS kind,
    f.customer_id,
    NULL::uuid AS purchase_id,
    NULL::bigint AS purchase_number,
    NULL::bigint AS product_id,
    NULL::text AS detail,
    f.detail::text AS old_value,
    NULL::text AS new_value,
    NULL::timestamptz AS valid_from,
    NULL::timestamptz AS valid_to,
    f.release_reason::text AS reason
FROM store.customer_freeze f
WHERE f.released_at IS NOT NULL;
