-- The same for what the states brought.
SELECT format('%s on %s is not there, or not ALWAYS', g.guard, g.relation)
FROM (
    VALUES ('store.purchase_line_on_request', 'purchase_line_on_request_append_only'),
           ('store.purchase_line_on_request', 'purchase_line_on_request_never_truncated'),
           ('store.refund', 'refund_append_only'),
           ('store.refund', 'refund_never_truncated'),
           ('store.refund_line', 'refund_line_append_only'),
           ('store.refund_line', 'refund_line_never_truncated')
) g (relation, guard)
LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass(g.relation) AND t.tgname = g.guard AND t.tgenabled = 'A'
WHERE t.oid IS NULL
