-- in: change_id, the idempotency key that the admin's page made; product_id; revision, the one that page showed; what the
-- product is to say from now on; actor ('admin 3').
-- Locks the product until COMMIT, against other changes of it; purchases of it go on. Earlier purchases keep their lines.
-- Outcomes: changed, already_recorded, changed_meanwhile (somebody else was faster: revision is theirs), unchanged,
-- key_reused, unknown_product, unknown_category. Errors: 25001, 40001, 23514 for text that no product can have.
CREATE OR REPLACE FUNCTION store.change_product(
    change_id uuid,
    product_id bigint,
    revision bigint,
    category_id bigint,
    name text,
    description text,
    tile text,
    actor text
)
RETURNS TABLE (outcome text, revision_now bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_row record;
    v_category text;
    v_before jsonb;
    v_after jsonb;
    v_known record;
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;

    SELECT p.revision, p.name, p.description, p.tile, c.name AS category
    INTO v_row
    FROM product p
    JOIN category c ON c.category_id = p.category_id
    WHERE p.product_id = change_product.product_id
    FOR NO KEY UPDATE OF p;
    SELECT c.name INTO v_category FROM category c WHERE c.category_id = change_product.category_id;
    SELECT c.product_id, c.revision, c.kind, c.after, c.actor
    INTO v_known
    FROM product_change c
    WHERE c.change_id = change_product.change_id;

    v_after := jsonb_build_object('name', change_product.name, 'description', change_product.description,
                                  'category', v_category, 'drawing', change_product.tile);
    v_before := jsonb_build_object('name', v_row.name, 'description', v_row.description,
                                   'category', v_row.category, 'drawing', v_row.tile);

    revision_now := v_row.revision;
    IF v_row.revision IS NULL THEN
        outcome := 'unknown_product';
    ELSIF v_known.revision IS NOT NULL THEN
        outcome := 'key_reused';
        IF (v_known.product_id, v_known.kind, v_known.actor) = (change_product.product_id, 'changed', change_product.actor)
           AND v_known.revision = change_product.revision + 1 AND v_after @> v_known.after THEN
            outcome := 'already_recorded';
        END IF;
    ELSIF v_category IS NULL THEN
        outcome := 'unknown_category';
    ELSIF v_row.revision <> change_product.revision THEN
        outcome := 'changed_meanwhile';
    ELSIF v_before = v_after THEN
        outcome := 'unchanged';
    ELSE
        outcome := 'changed';
        UPDATE product p
        SET category_id = change_product.category_id,
            name = change_product.name,
            description = change_product.description,
            tile = change_product.tile
        WHERE p.product_id = change_product.product_id;
        revision_now := record_product_change(
            change_product.product_id, change_product.change_id, 'changed',
            (SELECT jsonb_object_agg(b.key, b.value) FROM jsonb_each(v_before) b WHERE v_after -> b.key <> b.value),
            (SELECT jsonb_object_agg(a.key, a.value) FROM jsonb_each(v_after) a WHERE v_before -> a.key <> a.value),
            change_product.actor);
    END IF;
    RETURN NEXT;
END
$body$;
