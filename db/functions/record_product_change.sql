-- in: what became different about a product, as product_change keeps it. Called by the functions that change one, which
-- hold a lock on the product: counts its revision up and writes the change under the new one, which is returned.
CREATE OR REPLACE FUNCTION store.record_product_change(
    product_id bigint,
    change_id uuid,
    kind text,
    before jsonb,
    after jsonb,
    actor text
)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_revision bigint;
BEGIN
    UPDATE product p
    SET revision = p.revision + 1
    WHERE p.product_id = record_product_change.product_id
    RETURNING p.revision INTO STRICT v_revision;

    INSERT INTO product_change (product_id, revision, change_id, kind, before, after, actor, occurred_at)
    VALUES (record_product_change.product_id, v_revision, record_product_change.change_id, record_product_change.kind,
            record_product_change.before, record_product_change.after, record_product_change.actor, clock_timestamp());
    RETURN v_revision;
END
$body$;
