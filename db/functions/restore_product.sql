-- in: product_id; actor ('admin 3'). Sold again, at the price that holds now; on request where none does.
-- Locks the product until COMMIT; purchases that are being decided are not held up.
-- Outcomes: restored, unchanged (it is so already), unknown_product. Errors: 25001, 40001.
CREATE OR REPLACE FUNCTION store.restore_product(product_id bigint, actor text)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_row record;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    SELECT p.product_id, p.withdrawn_at
    INTO v_row
    FROM product p
    WHERE p.product_id = restore_product.product_id
    FOR NO KEY UPDATE;
    IF v_row.product_id IS NULL THEN
        outcome := 'unknown_product';
    ELSIF v_row.withdrawn_at IS NULL THEN
        outcome := 'unchanged';
    ELSE
        UPDATE product p
        SET withdrawn_at = NULL
        WHERE p.product_id = restore_product.product_id;
        PERFORM record_product_change(restore_product.product_id, NULL, 'restored', '{}', '{}', restore_product.actor);
        outcome := 'restored';
    END IF;
    RETURN NEXT;
END
$body$;
