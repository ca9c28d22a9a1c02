-- What the admins' half of the web may do, all of it.
REVOKE ALL ON ALL TABLES IN SCHEMA store, account, migration, report FROM store_admin;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA store, account, report FROM store_admin;
GRANT USAGE ON SCHEMA store, account, migration, report TO store_admin;

GRANT EXECUTE ON FUNCTION store.change_limit(bigint, uuid, text, bigint, numeric, timestamptz, timestamptz, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.end_limit_change(bigint, uuid, bigint, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.request_limit(bigint, uuid, text, numeric, timestamptz, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.approve_limit_request(bigint, uuid, uuid, numeric, timestamptz, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.deny_limit_request(bigint, uuid, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.cancel_limit_request(bigint, uuid, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.approve_purchase(bigint, uuid, numeric, uuid, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.decline_purchase(bigint, uuid, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.cancel_purchase(bigint, uuid, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.refund_purchase(bigint, uuid, uuid, numeric, bigint[], bigint[], text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.freeze_customer(bigint) TO store_admin;
GRANT EXECUTE ON FUNCTION store.request_proof(text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.release_customer(bigint, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.set_price(bigint, numeric, timestamptz, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.take_back_price(bigint, timestamptz, numeric, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.create_product(uuid, bigint, text, text, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.change_product(uuid, bigint, bigint, bigint, text, text, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.withdraw_product(bigint, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.restore_product(bigint, text) TO store_admin;
-- An import is kept, confirmed and cancelled here; a worker runs it.
GRANT EXECUTE ON FUNCTION store.stage_price_import(uuid, text, text, bigint[], bigint[], numeric[], timestamptz[], numeric[]) TO store_admin;
GRANT EXECUTE ON FUNCTION store.confirm_price_import(uuid, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.cancel_price_import(uuid, text) TO store_admin;
-- Likewise limits.
GRANT EXECUTE ON FUNCTION store.stage_limit_import(uuid, text, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.stage_limit_import_rows(uuid, bigint[], bigint[], text[], numeric[], date[], timestamptz[]) TO store_admin;
GRANT EXECUTE ON FUNCTION store.keep_limit_import(uuid) TO store_admin;
GRANT EXECUTE ON FUNCTION store.confirm_limit_import(uuid, text, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.cancel_limit_import(uuid, text) TO store_admin;

GRANT EXECUTE ON FUNCTION store.limits_as_of(bigint, timestamptz) TO store_admin;
-- What the views of limits call.
GRANT EXECUTE ON FUNCTION store.customer_as_of(bigint, timestamptz) TO store_admin;
GRANT EXECUTE ON FUNCTION store.first_moment(timestamp, text) TO store_admin;
GRANT EXECUTE ON FUNCTION store.limit_ends_at(bigint, text, timestamptz) TO store_admin;
GRANT EXECUTE ON FUNCTION store.limits_in_force(bigint, timestamptz) TO store_admin;
GRANT EXECUTE ON FUNCTION store.no_limit() TO store_admin;

GRANT EXECUTE ON FUNCTION store.retry_outbox_message(bigint, text) TO store_admin;

GRANT EXECUTE ON FUNCTION store.change_settings(bigint, numeric, numeric, numeric, numeric, numeric, interval, interval, interval, interval,
                                                 boolean, boolean, numeric, bigint, text, bigint[], text, text) TO store_admin;

GRANT SELECT ON ALL TABLES IN SCHEMA store TO store_admin;
GRANT SELECT (user_id, customer_id, role, email, locked_until, created_at) ON account.user TO store_admin;
GRANT SELECT ON account.admin TO store_admin;
GRANT EXECUTE ON FUNCTION account.change_admin_second_factor(bigint, text, text, text, bytea, bytea[]) TO store_admin;

-- The keys that sign cookies are read here, not by store_web: a stolen web password signs nobody in.
GRANT SELECT, INSERT ON account.data_protection_key TO store_admin;

GRANT SELECT ON migration.applied_script TO store_admin;

-- Reports; also on a replica.
GRANT SELECT ON ALL TABLES IN SCHEMA report TO store_admin;
GRANT EXECUTE ON FUNCTION report.today() TO store_admin;
GRANT EXECUTE ON FUNCTION report.request_refresh(text) TO store_admin;
-- What the view of I10 calls.
GRANT EXECUTE ON FUNCTION report.differences() TO store_admin;
