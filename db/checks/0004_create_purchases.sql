-- A key is recorded once, at a price that was set and shown.
SELECT format('%s of %s is not there, or not validated', r.rule, r.relation)
FROM (
    VALUES ('store.purchase', 'purchase_pkey'),
           ('store.purchase', 'purchase_total_never_above_what_was_shown'),
           ('store.purchase_line', 'purchase_line_unit_price_was_set')
) r (relation, rule)
LEFT JOIN pg_constraint c ON c.conrelid = to_regclass(r.relation) AND c.conname = r.rule AND c.convalidated
WHERE c.oid IS NULL
