-- no-transaction
-- What the foreign key from an event of a purchase to the one before it looks for. A purchase that is decided at once has none
-- before it, so it is not in here and pays nothing.
CREATE INDEX CONCURRENTLY IF NOT EXISTS customer_event_customer_id_previous_purchase_sequence_numbe_idx
    ON store.customer_event (customer_id, previous_purchase_sequence_number)
    WHERE previous_purchase_sequence_number IS NOT NULL;
