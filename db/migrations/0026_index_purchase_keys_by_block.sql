-- no-transaction
-- For admins who look for a purchase by its key. Keys are made in the order of time, so blocks are enough; and no purchase ever
-- reads it, as the one that it replaces was read: the planner took it for the foreign key of purchase lines, and all purchases of
-- all customers then met on its last page.
CREATE INDEX CONCURRENTLY IF NOT EXISTS purchase_purchase_id_brin_idx ON store.purchase USING brin (purchase_id)
    WITH (pages_per_range = 32, autosummarize = on);
