-- What admins did to customers' limits and purchases, from the ledger. Not what a file of limits brought: that is
-- admin_action_import_row. Not the return of a limit that was raised for one purchase: nobody did that.
CREATE OR REPLACE VIEW store.admin_action_event AS
SELECT
    e.occurred_at AS happened_at,
    'event ' || e.customer_id || ' ' || e.sequence_number AS entry_key, -- tells apart what happened at one moment
    e.actor::text AS actor,
    CASE WHEN c.valid_to = c.valid_from THEN 'limit_raised_for_one_purchase' ELSE e.kind END AS kind,
    e.customer_id,
    e.purchase_id,
    p.purchase_number,
    NULL::bigint AS product_id,
    CASE WHEN starts_with(e.kind, 'limit_') THEN e.window_name END AS detail,
    CASE WHEN e.kind = 'limit_change_ended' THEN e.window_limit::text ELSE c.limit_before::text END AS old_value,
    CASE
        WHEN starts_with(e.kind, 'purchase_') THEN e.amount::text
        WHEN e.kind <> 'limit_change_ended' THEN e.window_limit::text
    END AS new_value,
    c.valid_from,
    c.valid_to,
    e.reason::text AS reason
FROM store.customer_event e
LEFT JOIN store.limit_change c ON c.customer_id = e.customer_id AND c.sequence_number = e.sequence_number
LEFT JOIN store.purchase p ON p.customer_id = e.customer_id AND p.purchase_id = e.purchase_id
WHERE e.actor LIKE 'admin %'
  AND e.effective_at IS NULL
  AND e.kind <> 'limit_took_effect';
