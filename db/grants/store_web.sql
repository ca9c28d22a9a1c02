-- What the customers' half of the web may do, all of it. It reads what pages show, edits carts and customers' accounts,
-- and touches money through a few functions: opening an account, which makes its customer, and what a customer may do with
-- a purchase.
REVOKE ALL ON ALL TABLES IN SCHEMA store, account, migration FROM store_web;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA store, account FROM store_web;
GRANT USAGE ON SCHEMA store, account, migration TO store_web;

GRANT EXECUTE ON FUNCTION account.open_account(text, text, text, text, text) TO store_web;
GRANT EXECUTE ON FUNCTION store.place_purchase(bigint, uuid, timestamptz, numeric, bigint[], bigint[], numeric[]) TO store_web;
GRANT EXECUTE ON FUNCTION store.place_purchases(bigint[], uuid[], timestamptz[], numeric[], bigint[], bigint[], bigint[], numeric[], boolean) TO store_web;
GRANT EXECUTE ON FUNCTION store.request_purchase(bigint, uuid, timestamptz, numeric, bigint[], bigint[], numeric[]) TO store_web;
GRANT EXECUTE ON FUNCTION store.cancel_own_purchase(bigint, uuid) TO store_web;
GRANT EXECUTE ON FUNCTION store.ask_approval(bigint, uuid, text) TO store_web;
GRANT EXECUTE ON FUNCTION store.lower_own_limit(bigint, uuid, text, numeric) TO store_web;
GRANT EXECUTE ON FUNCTION store.request_own_limit(bigint, uuid, text, numeric, timestamptz, text) TO store_web;
GRANT EXECUTE ON FUNCTION store.cancel_own_limit_request(bigint, uuid) TO store_web;
GRANT EXECUTE ON FUNCTION store.end_own_limit_change(bigint, uuid) TO store_web;
GRANT EXECUTE ON FUNCTION store.set_notices(bigint, boolean) TO store_web;
-- Whoever meets a customer whose row and ledger differ has it written down.
GRANT EXECUTE ON FUNCTION store.freeze_customer(bigint) TO store_web;
-- What the views of limits call.
GRANT EXECUTE ON FUNCTION store.customer_as_of(bigint, timestamptz) TO store_web;
GRANT EXECUTE ON FUNCTION store.no_limit() TO store_web;
-- From when on something will fit.
GRANT EXECUTE ON FUNCTION store.limits_in_force(bigint, timestamptz) TO store_web;
GRANT EXECUTE ON FUNCTION store.window_at(text, timestamptz, text, bigint) TO store_web;
-- When a day begins where the store is.
GRANT EXECUTE ON FUNCTION store.first_moment(timestamp, text) TO store_web;
GRANT EXECUTE ON FUNCTION store.limit_ends_at(bigint, text, timestamptz) TO store_web;

GRANT SELECT ON
    store.store_setting,
    store.category,
    store.product,
    store.product_price,
    store.current_price,
    store.customer,
    store.customer_allowance,
    store.customer_window_allowance,
    store.customer_window_amount,
    store.limit_window,
    store.notice_opt_out,
    store.limit_period,
    store.limit_change_end,
    store.limit_request,
    store.limit_import,
    store.limit_import_row,
    store.customer_event,
    store.limit_change,
    store.purchase,
    store.purchase_receipt,
    store.purchase_line,
    store.purchase_line_on_request,
    store.missing_line,
    store.purchase_request,
    store.refund,
    store.refund_line,
    store.cart_line
TO store_web;
GRANT INSERT, UPDATE, DELETE ON store.cart_line TO store_web;

GRANT SELECT ON account.user TO store_web;
GRANT UPDATE (password_hash, security_stamp, email_confirmed_at) ON account.user TO store_web;
GRANT EXECUTE ON FUNCTION account.begin_sign_in(bigint) TO store_web;
GRANT EXECUTE ON FUNCTION account.take_back_sign_in(bigint) TO store_web;
GRANT EXECUTE ON FUNCTION account.end_sign_in(bigint) TO store_web;
GRANT EXECUTE ON FUNCTION account.note_browser(bigint, bytea, text) TO store_web;
GRANT SELECT ON account.second_factor TO store_web;
GRANT EXECUTE ON FUNCTION account.use_code(bigint, text) TO store_web;
GRANT EXECUTE ON FUNCTION account.redeem_recovery_code(bigint, bytea, text) TO store_web;
GRANT EXECUTE ON FUNCTION account.count_recovery_codes(bigint) TO store_web;
GRANT EXECUTE ON FUNCTION account.change_customer_second_factor(bigint, text, text, text, bytea, bytea[], text) TO store_web;
GRANT EXECUTE ON FUNCTION account.request_mail(bigint, text, text) TO store_web;
GRANT EXECUTE ON FUNCTION account.change_password(bigint, text, text, text, text) TO store_web;

GRANT SELECT ON migration.applied_script TO store_web;
