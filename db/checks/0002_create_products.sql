-- Never two prices of one product at one time.
SELECT format('%s of %s is not there, or not validated', r.rule, r.relation)
FROM (
    VALUES ('store.product_price', 'product_price_never_two_at_one_time')
) r (relation, rule)
LEFT JOIN pg_constraint c ON c.conrelid = to_regclass(r.relation) AND c.conname = r.rule AND c.convalidated
WHERE c.oid IS NULL
