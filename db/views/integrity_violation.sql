-- Every broken rule of the design's section 6 that is known so far. Empty, or somebody is called.
CREATE OR REPLACE VIEW store.integrity_violation AS
SELECT rule, customer_id, detail FROM store.integrity_i01_recorded_once
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i02_refusal_changed_nothing
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i03_never_above_limit
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i04_row_is_fold_of_events
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i05_sequence_without_gap
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i06_begins_where_the_last_ended
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i07_refunds_within_purchase
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i08_order_agrees_with_time
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i10_report_is_fold_at_its_as_of
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i11_priced_as_shown
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i12_limit_was_in_force
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i13_limit_changes_say_why
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i14_receipt_is_what_was_recorded
UNION ALL
SELECT rule, customer_id, detail FROM store.integrity_i15_hold_ends_at_its_deadline;
