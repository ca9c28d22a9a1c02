-- no-transaction
DROP INDEX CONCURRENTLY IF EXISTS store.purchase_purchase_id_idx;
