-- Privileges stop other roles; these stop slips of the owner and of a superuser, and ON DELETE CASCADE, which runs as the
-- owner. Whoever owns the tables can still take the guards away: nothing in a database stops its owner for good.
-- ENABLE ALWAYS: session_replication_role = replica does not skip them.
CREATE FUNCTION store.refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: the ledger is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = '42501';
END
$body$;

-- Append-only: neither updated nor deleted.
CREATE TRIGGER customer_event_append_only BEFORE UPDATE OR DELETE ON store.customer_event
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.customer_event ENABLE ALWAYS TRIGGER customer_event_append_only;

CREATE TRIGGER limit_change_append_only BEFORE UPDATE OR DELETE ON store.limit_change
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.limit_change ENABLE ALWAYS TRIGGER limit_change_append_only;

CREATE TRIGGER purchase_line_append_only BEFORE UPDATE OR DELETE ON store.purchase_line
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.purchase_line ENABLE ALWAYS TRIGGER purchase_line_append_only;

-- Updated by money functions, but never deleted.
CREATE TRIGGER customer_purchased_amount_never_deleted BEFORE DELETE ON store.customer_purchased_amount
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.customer_purchased_amount ENABLE ALWAYS TRIGGER customer_purchased_amount_never_deleted;

CREATE TRIGGER purchase_never_deleted BEFORE DELETE ON store.purchase
    FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.purchase ENABLE ALWAYS TRIGGER purchase_never_deleted;

-- TRUNCATE asks no row and no foreign key that cascades with it.
CREATE TRIGGER customer_never_truncated BEFORE TRUNCATE ON store.customer
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.customer ENABLE ALWAYS TRIGGER customer_never_truncated;

CREATE TRIGGER customer_event_never_truncated BEFORE TRUNCATE ON store.customer_event
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.customer_event ENABLE ALWAYS TRIGGER customer_event_never_truncated;

CREATE TRIGGER customer_purchased_amount_never_truncated BEFORE TRUNCATE ON store.customer_purchased_amount
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.customer_purchased_amount ENABLE ALWAYS TRIGGER customer_purchased_amount_never_truncated;

CREATE TRIGGER limit_change_never_truncated BEFORE TRUNCATE ON store.limit_change
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.limit_change ENABLE ALWAYS TRIGGER limit_change_never_truncated;

CREATE TRIGGER purchase_never_truncated BEFORE TRUNCATE ON store.purchase
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.purchase ENABLE ALWAYS TRIGGER purchase_never_truncated;

CREATE TRIGGER purchase_line_never_truncated BEFORE TRUNCATE ON store.purchase_line
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.purchase_line ENABLE ALWAYS TRIGGER purchase_line_never_truncated;

CREATE TRIGGER product_price_never_truncated BEFORE TRUNCATE ON store.product_price
    FOR EACH STATEMENT EXECUTE FUNCTION store.refuse_change();
ALTER TABLE store.product_price ENABLE ALWAYS TRIGGER product_price_never_truncated;

-- A price that began is history: it may still end now or later, nothing else about it changes. One that has not begun
-- may be replaced or taken back.
CREATE FUNCTION store.guard_product_price() RETURNS trigger
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
           AND OLD.valid_to > v_now
           AND NEW.valid_to >= statement_timestamp() THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of store.product_price is refused: a past price never changes', TG_OP
        USING ERRCODE = '42501';
END
$body$;

CREATE TRIGGER product_price_past_never_changes BEFORE UPDATE OR DELETE ON store.product_price
    FOR EACH ROW EXECUTE FUNCTION store.guard_product_price();
ALTER TABLE store.product_price ENABLE ALWAYS TRIGGER product_price_past_never_changes;
