-- What background jobs may do: nothing yet but to see which schema they run on. Jobs come with their functions.
REVOKE ALL ON ALL TABLES IN SCHEMA store, account, migration FROM store_worker;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA store, account FROM store_worker;
GRANT USAGE ON SCHEMA migration TO store_worker;
GRANT SELECT ON migration.applied_script TO store_worker;
