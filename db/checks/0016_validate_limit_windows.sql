-- It validated what the script before it promised of old rows.
SELECT format('%s of %s is not there, or not validated', r.rule, r.relation)
FROM (
    VALUES ('store.purchase', 'purchase_counts_where_it_is_held_or_bought'),
           ('store.purchase', 'purchase_restored_within_refunded'),
           ('store.limit_change', 'limit_change_ends_after_it_begins'),
           ('store.limit_change', 'limit_change_window_name_fkey'),
           ('store.limit_change', 'limit_change_customer_id_limit_request_id_fkey'),
           ('store.customer_event', 'customer_event_kind_is_known_and_names_its_purchase'),
           ('store.customer_event', 'customer_event_purchase_within_limit'),
           ('store.customer_event', 'customer_event_says_who_and_why'),
           ('store.customer_purchased_amount', 'customer_purchased_amount_limit_sequence_number_is_reached')
) r (relation, rule)
LEFT JOIN pg_constraint c ON c.conrelid = to_regclass(r.relation) AND c.conname = r.rule AND c.convalidated
WHERE c.oid IS NULL
