-- Counts the changes of what a product says about itself: two admins who edit the same revision cannot overwrite each other.
ALTER TABLE store.product ADD COLUMN revision bigint NOT NULL DEFAULT 1;
ALTER TABLE store.product ADD CONSTRAINT product_revision_counts_from_one CHECK (revision >= 1);

-- When a price was set, which for a future price is not when it begins. Null where it was set before this was written down.
ALTER TABLE store.product_price ADD COLUMN set_at timestamptz;

-- Who changed a product, when, and what from what to what. Prices carry who and when themselves; here are those that are
-- no longer there: taken back or replaced before they began.
CREATE TABLE store.product_change (
    product_id bigint NOT NULL,
    revision bigint NOT NULL, -- the product's, after the change
    change_id uuid, -- the key that the admin's page made, so that a change sent twice is made once; null where twice is harmless
    kind text NOT NULL,
    before jsonb NOT NULL, -- what changed and nothing else, as people read it: a category's name, not its id
    after jsonb NOT NULL,
    actor text NOT NULL,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT product_change_pkey PRIMARY KEY (product_id, revision),
    CONSTRAINT product_change_change_id_key UNIQUE (change_id),
    CONSTRAINT product_change_product_id_fkey FOREIGN KEY (product_id) REFERENCES store.product (product_id),
    CONSTRAINT product_change_kind_is_known
        CHECK (kind IN ('created', 'changed', 'withdrawn', 'restored', 'price_taken_back', 'price_replaced')),
    CONSTRAINT product_change_says_something CHECK (before <> after OR kind IN ('withdrawn', 'restored')),
    CONSTRAINT product_change_actor_is_named CHECK (length(actor) BETWEEN 1 AND 100)
);

CREATE TRIGGER product_change_append_only BEFORE UPDATE OR DELETE ON store.product_change
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.product_change ENABLE ALWAYS TRIGGER product_change_append_only;

CREATE TRIGGER product_change_never_truncated BEFORE TRUNCATE ON store.product_change
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.product_change ENABLE ALWAYS TRIGGER product_change_never_truncated;

-- As in 0005, and set_at is history too.
CREATE OR REPLACE FUNCTION store.guard_product_price() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.valid_from > v_now THEN
            RETURN OLD;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF (NEW.product_id, NEW.valid_from, NEW.price, NEW.actor) = (OLD.product_id, OLD.valid_from, OLD.price, OLD.actor)
           AND NEW.set_at IS NOT DISTINCT FROM OLD.set_at
           AND OLD.valid_to > v_now
           AND NEW.valid_to >= statement_timestamp() THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of store.product_price is refused: a past price never changes', TG_OP
        USING ERRCODE = '42501';
END
$body$;
