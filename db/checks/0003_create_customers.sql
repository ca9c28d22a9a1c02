-- The promise: no event above its limit, no row above its ceiling, and the row is what the ledger says.
SELECT format('%s of %s is not there, or not validated', r.rule, r.relation)
FROM (
    VALUES ('store.customer_event', 'customer_event_pkey'),
           ('store.customer_event', 'customer_event_begins_where_the_last_ended'),
           ('store.customer_event', 'customer_event_purchase_within_limit'),
           ('store.customer_purchased_amount', 'customer_purchased_amount_is_what_the_last_event_says'),
           ('store.customer_purchased_amount', 'customer_purchased_amount_within_ceiling')
) r (relation, rule)
LEFT JOIN pg_constraint c ON c.conrelid = to_regclass(r.relation) AND c.conname = r.rule AND c.convalidated
WHERE c.oid IS NULL
