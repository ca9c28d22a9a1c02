-- As in 0012. What was still to come when the statement began, and began before it got here, is no attempt to change the past: the
-- statement is to be tried again, and finds the price that holds now. Seen twice in half a million calls of a mixed load, as the
-- answer 500 to an admin who set a price in the moment in which an imported one began.
CREATE OR REPLACE FUNCTION store.guard_product_price() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_changes_from timestamptz;
BEGIN
    IF TG_OP = 'DELETE' THEN
        v_changes_from := OLD.valid_from;
    ELSIF (NEW.product_id, NEW.valid_from, NEW.price, NEW.actor) = (OLD.product_id, OLD.valid_from, OLD.price, OLD.actor)
          AND NEW.set_at IS NOT DISTINCT FROM OLD.set_at
          AND NEW.valid_to >= statement_timestamp() THEN
        v_changes_from := OLD.valid_to;
    END IF;
    IF v_changes_from > clock_timestamp() THEN
        RETURN coalesce(NEW, OLD);
    ELSIF v_changes_from > statement_timestamp() THEN
        RAISE EXCEPTION '% of store.product_price is refused: a price began meanwhile', TG_OP
            USING ERRCODE = '40001';
    END IF;
    RAISE EXCEPTION '% of store.product_price is refused: a past price never changes', TG_OP
        USING ERRCODE = '42501';
END
$body$;
