-- It validated what the script before it promised of old rows.
SELECT format('%s of %s is not there, or not validated', r.rule, r.relation)
FROM (
    VALUES ('store.customer_event', 'customer_event_kind_is_known_and_names_its_purchase'),
           ('store.customer_event', 'customer_event_moves_as_it_says'),
           ('store.customer_event', 'customer_event_purchase_within_limit'),
           ('store.customer_event', 'customer_event_says_who_and_why'),
           ('store.customer_event', 'customer_event_follows_the_purchases_last_event'),
           ('store.customer_event', 'customer_event_status_change_is_allowed'),
           ('store.purchase', 'purchase_status_is_what_its_last_event_says'),
           ('store.purchase', 'purchase_waits_exactly_while_it_may_expire'),
           ('store.purchase', 'purchase_refunded_within_total'),
           ('store.purchase', 'purchase_total_never_above_what_was_shown')
) r (relation, rule)
LEFT JOIN pg_constraint c ON c.conrelid = to_regclass(r.relation) AND c.conname = r.rule AND c.convalidated
WHERE c.oid IS NULL
