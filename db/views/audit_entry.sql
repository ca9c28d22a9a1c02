-- Everything that admins did: who, when, what, old, new, why. For who asks the database; the audit page reads the parts, each
-- newest first by an index of its own, because PostgreSQL would sort all of this for one page.
CREATE OR REPLACE VIEW store.audit_entry AS
SELECT happened_at, entry_key, actor, kind, customer_id, purchase_id, purchase_number, product_id,
       detail, old_value, new_value, valid_from, valid_to, reason
FROM store.admin_action_event
UNION ALL
SELECT happened_at, entry_key, actor, kind, customer_id, purchase_id, purchase_number, product_id,
       detail, old_value, new_value, valid_from, valid_to, reason
FROM store.admin_action_freeze
UNION ALL
SELECT happened_at, entry_key, actor, kind, customer_id, purchase_id, purchase_number, product_id,
       detail, old_value, new_value, valid_from, valid_to, reason
FROM store.admin_action_import_row
UNION ALL
SELECT happened_at, entry_key, actor, kind, customer_id, purchase_id, purchase_number, product_id,
       detail, old_value, new_value, valid_from, valid_to, reason
FROM store.admin_action_limit_import
UNION ALL
SELECT happened_at, entry_key, actor, kind, customer_id, purchase_id, purchase_number, product_id,
       detail, old_value, new_value, valid_from, valid_to, reason
FROM store.admin_action_price
UNION ALL
SELECT happened_at, entry_key, actor, kind, customer_id, purchase_id, purchase_number, product_id,
       detail, old_value, new_value, valid_from, valid_to, reason
FROM store.admin_action_price_import
UNION ALL
SELECT happened_at, entry_key, actor, kind, customer_id, purchase_id, purchase_number, product_id,
       detail, old_value, new_value, valid_from, valid_to, reason
FROM store.admin_action_product_change
UNION ALL
SELECT happened_at, entry_key, actor, kind, customer_id, purchase_id, purchase_number, product_id,
       detail, old_value, new_value, valid_from, valid_to, reason
FROM store.admin_action_right
UNION ALL
SELECT happened_at, entry_key, actor, kind, customer_id, purchase_id, purchase_number, product_id,
       detail, old_value, new_value, valid_from, valid_to, reason
FROM store.admin_action_account
UNION ALL
SELECT happened_at, entry_key, actor, kind, customer_id, purchase_id, purchase_number, product_id,
       detail, old_value, new_value, valid_from, valid_to, reason
FROM store.admin_action_setting;
