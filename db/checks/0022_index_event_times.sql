-- Without it every refresh reads the whole ledger.
SELECT 'customer_event_occurred_at_brin_idx is not there, or not valid'
WHERE NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('store.customer_event_occurred_at_brin_idx') AND indisvalid)
