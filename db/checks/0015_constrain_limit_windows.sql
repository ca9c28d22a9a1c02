-- What was written down stays.
SELECT format('%s on %s is not there, or not ALWAYS', g.guard, g.relation)
FROM (
    VALUES ('store.limit_change', 'limit_change_append_only'),
           ('store.limit_change_end', 'limit_change_end_append_only'),
           ('store.limit_change_end', 'limit_change_end_never_truncated'),
           ('store.limit_request', 'limit_request_never_deleted'),
           ('store.limit_request', 'limit_request_never_truncated'),
           ('store.customer_window_amount', 'customer_window_amount_never_deleted'),
           ('store.customer_window_amount', 'customer_window_amount_never_truncated')
) g (relation, guard)
LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass(g.relation) AND t.tgname = g.guard AND t.tgenabled = 'A'
WHERE t.oid IS NULL
