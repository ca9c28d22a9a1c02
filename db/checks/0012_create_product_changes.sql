-- What was written down stays.
SELECT format('%s on %s is not there, or not ALWAYS', g.guard, g.relation)
FROM (
    VALUES ('store.product_change', 'product_change_append_only'),
           ('store.product_change', 'product_change_never_truncated')
) g (relation, guard)
LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass(g.relation) AND t.tgname = g.guard AND t.tgenabled = 'A'
WHERE t.oid IS NULL
