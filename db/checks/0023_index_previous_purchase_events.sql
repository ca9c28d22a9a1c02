-- Without it the foreign key of purchases' events has no index.
SELECT 'customer_event_customer_id_previous_purchase_sequence_numbe_idx is not there, or not valid'
WHERE NOT EXISTS (
    SELECT
    FROM pg_index
    WHERE indexrelid = to_regclass('store.customer_event_customer_id_previous_purchase_sequence_numbe_idx')
      AND indisvalid
)
