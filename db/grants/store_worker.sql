-- What background jobs may do, all of it.
REVOKE ALL ON ALL TABLES IN SCHEMA store, account, migration FROM store_worker;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA store, account FROM store_worker;
GRANT USAGE ON SCHEMA store, migration TO store_worker;
GRANT SELECT ON migration.applied_script TO store_worker;

-- Price imports. A worker sets no price of its own choice: only what an admin uploaded and confirmed, row by row, in that
-- admin's name. What it writes directly is how far it is.
GRANT EXECUTE ON FUNCTION store.begin_price_import(uuid, interval) TO store_worker;
GRANT EXECUTE ON FUNCTION store.import_prices(uuid, bigint) TO store_worker;
GRANT EXECUTE ON FUNCTION store.end_price_import(uuid, text, bigint) TO store_worker;
GRANT SELECT ON store.price_import, store.price_import_progress TO store_worker;
GRANT UPDATE (done_count, heartbeat_at, attempt_count) ON store.price_import_progress TO store_worker;
