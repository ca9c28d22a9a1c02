-- The ledger is append-only for everybody, its owner and a replica's session included.
SELECT format('%s on %s is not there, or not ALWAYS', g.guard, g.relation)
FROM (
    VALUES ('store.customer_event', 'customer_event_append_only'),
           ('store.limit_change', 'limit_change_append_only'),
           ('store.purchase_line', 'purchase_line_append_only'),
           ('store.customer_purchased_amount', 'customer_purchased_amount_never_deleted'),
           ('store.purchase', 'purchase_never_deleted'),
           ('store.customer', 'customer_never_truncated'),
           ('store.customer_event', 'customer_event_never_truncated'),
           ('store.customer_purchased_amount', 'customer_purchased_amount_never_truncated'),
           ('store.limit_change', 'limit_change_never_truncated'),
           ('store.purchase', 'purchase_never_truncated'),
           ('store.purchase_line', 'purchase_line_never_truncated'),
           ('store.product_price', 'product_price_never_truncated'),
           ('store.product_price', 'product_price_past_never_changes')
) g (relation, guard)
LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass(g.relation) AND t.tgname = g.guard AND t.tgenabled = 'A'
WHERE t.oid IS NULL
