-- I10: a report is what the ledger says, of all events before the moment it is as of.
CREATE OR REPLACE VIEW store.integrity_i10_report_is_fold_at_its_as_of AS
SELECT
    'I10'::text AS rule,
    d.customer_id,
    d.detail
FROM report.differences() d;
