-- What background jobs may do, all of it: find what is due, and have it decided by the functions that decide.
REVOKE ALL ON ALL TABLES IN SCHEMA store, account, migration FROM store_worker;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA store, account FROM store_worker;
GRANT USAGE ON SCHEMA store, migration TO store_worker;

GRANT EXECUTE ON FUNCTION store.decide_purchase_requests(bigint, bigint) TO store_worker;
GRANT EXECUTE ON FUNCTION store.resume_purchase(bigint, uuid) TO store_worker;

GRANT SELECT ON
    store.purchase,
    store.purchase_request,
    store.missing_line
TO store_worker;

GRANT SELECT ON migration.applied_script TO store_worker;
