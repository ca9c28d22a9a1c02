-- What background jobs may do, all of it: find what is due, and have it decided by the functions that decide; claim mails
-- that are due, read what they say and where they go, and say how it went.
REVOKE ALL ON ALL TABLES IN SCHEMA store, account, migration, report FROM store_worker;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA store, account, report FROM store_worker;
GRANT USAGE ON SCHEMA store, account, migration, report TO store_worker;

GRANT EXECUTE ON FUNCTION store.decide_purchase_requests(bigint, bigint) TO store_worker;
GRANT EXECUTE ON FUNCTION store.resume_purchase(bigint, uuid) TO store_worker;
GRANT EXECUTE ON FUNCTION store.freeze_customer(bigint) TO store_worker;
GRANT EXECUTE ON FUNCTION store.claim_outbox_message(interval) TO store_worker;
GRANT EXECUTE ON FUNCTION store.mark_outbox_message_sent(bigint, text, bigint) TO store_worker;
GRANT EXECUTE ON FUNCTION store.mark_outbox_message_failed(bigint, text, bigint, text, interval, boolean) TO store_worker;

GRANT EXECUTE ON FUNCTION store.customer_as_of(bigint, timestamptz) TO store_worker;
GRANT EXECUTE ON FUNCTION store.no_limit() TO store_worker;

GRANT SELECT ON
    store.purchase,
    store.purchase_request,
    store.missing_line,
    store.outbox_message,
    store.customer,
    store.customer_event,
    store.purchase_line,
    store.purchase_line_on_request,
    store.product,
    store.limit_notice,
    store.limit_change,
    store.limit_request,
    store.customer_window_allowance
TO store_worker;
-- Customers' alone (row-level security), and nothing that signs anybody in.
GRANT SELECT (user_id, customer_id, email) ON account.user TO store_worker;

GRANT SELECT ON migration.applied_script TO store_worker;

-- Price imports. A worker sets no price of its own choice: only what an admin uploaded and confirmed, row by row, in that
-- admin's name. What it writes directly is how far it is.
GRANT EXECUTE ON FUNCTION store.begin_price_import(uuid, interval) TO store_worker;
GRANT EXECUTE ON FUNCTION store.import_prices(uuid, bigint) TO store_worker;
GRANT EXECUTE ON FUNCTION store.end_price_import(uuid, text, bigint) TO store_worker;
GRANT SELECT ON store.price_import, store.price_import_progress TO store_worker;
GRANT UPDATE (done_count, heartbeat_at, attempt_count) ON store.price_import_progress TO store_worker;

-- Limit imports, likewise. Whose row is due is all that it sees of customers' rows.
GRANT EXECUTE ON FUNCTION store.announce_limit_import(uuid, bigint) TO store_worker;
GRANT EXECUTE ON FUNCTION store.switch_limit_import(uuid) TO store_worker;
GRANT EXECUTE ON FUNCTION store.finish_limit_import(uuid) TO store_worker;
GRANT SELECT ON store.limit_import, store.limit_import_row, store.limit_import_progress, store.unsettled_limit_import TO store_worker;
-- Who is frozen is passed by.
GRANT SELECT (customer_id, released_at) ON store.customer_freeze TO store_worker;
GRANT SELECT (customer_id, next_due_at, limit_due_at, settled_at) ON store.customer_purchased_amount TO store_worker;
GRANT UPDATE (settled_count, heartbeat_at) ON store.limit_import_progress TO store_worker;

-- Refreshing reports. What they hold it does not see.
GRANT EXECUTE ON FUNCTION report.due_reports(interval) TO store_worker;
GRANT EXECUTE ON FUNCTION report.set_mark() TO store_worker;
GRANT EXECUTE ON FUNCTION report.settled_mark() TO store_worker;
GRANT EXECUTE ON FUNCTION report.seal_days(bigint) TO store_worker;
GRANT EXECUTE ON FUNCTION report.start_refresh(text, interval) TO store_worker;
GRANT EXECUTE ON FUNCTION report.refresh(bigint) TO store_worker;
GRANT EXECUTE ON FUNCTION report.fail_refresh(bigint, text) TO store_worker;
-- What the view of I10 calls.
GRANT EXECUTE ON FUNCTION report.differences() TO store_worker;

-- Proves the rules, reading what the views say, and writes down what came of it.
GRANT SELECT ON
    store.integrity_i01_recorded_once,
    store.integrity_i02_refusal_changed_nothing,
    store.integrity_i03_never_above_limit,
    store.integrity_i04_row_is_fold_of_events,
    store.integrity_i05_sequence_without_gap,
    store.integrity_i06_begins_where_the_last_ended,
    store.integrity_i07_refunds_within_purchase,
    store.integrity_i08_order_agrees_with_time,
    store.integrity_i10_report_is_fold_at_its_as_of,
    store.integrity_i11_priced_as_shown,
    store.integrity_i12_limit_was_in_force,
    store.integrity_i13_limit_changes_say_why,
    store.integrity_i14_receipt_is_what_was_recorded,
    store.integrity_i15_hold_ends_at_its_deadline
TO store_worker;
-- What these views call.
GRANT EXECUTE ON FUNCTION store.limits_in_force(bigint, timestamptz) TO store_worker;
GRANT EXECUTE ON FUNCTION store.analyze_stale_tables() TO store_worker;
GRANT EXECUTE ON FUNCTION store.begin_proof() TO store_worker;
GRANT EXECUTE ON FUNCTION store.record_proof(text, interval, bigint, text[], text) TO store_worker;
GRANT EXECUTE ON FUNCTION store.finish_proof(interval) TO store_worker;
-- And what /health/ledger reads.
GRANT SELECT ON store.integrity_schedule, store.integrity_proof TO store_worker;
GRANT SELECT (report_name, as_of) ON report.report TO store_worker;
