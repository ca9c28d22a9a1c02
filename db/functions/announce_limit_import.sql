-- in: limit_import_id; batch_size, how many customers now. For workers, in transactions of their own, READ COMMITTED.
-- Tells a confirmed import's customers of it: their rows fall due, so that whoever locks one from now on looks whether the
-- import is in force. Nothing of it counts yet. The first call only announces it: a row must not fall due before that is
-- committed, or it would be settled and forgotten.
-- Locks the import's progress and the rows of the batch for an instant; a customer's row that is locked ends the batch, so that
-- nobody waits for another customer's. With a batch of one it is waited for.
-- Outcomes: announcing (there are more), held (nothing was done: the next customer's row is locked), announced (all know of it),
-- not_confirmed (also: in force or cancelled meanwhile). Errors: 55P03 the row of a batch of one stayed locked.
CREATE OR REPLACE FUNCTION store.announce_limit_import(limit_import_id uuid, batch_size bigint)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_import record;
    v_from bigint;
    v_customers bigint[];
    v_done bigint[];
BEGIN
    SELECT p.announced_to
    INTO v_from
    FROM limit_import_progress p
    WHERE p.limit_import_id = announce_limit_import.limit_import_id
    FOR UPDATE;
    -- Cancelling waits until this COMMIT, and this for a cancelling one.
    SELECT i.status, i.is_announced
    INTO v_import
    FROM limit_import i
    WHERE i.limit_import_id = announce_limit_import.limit_import_id
    FOR SHARE;
    IF v_import.status IS DISTINCT FROM 'confirmed' THEN
        outcome := 'not_confirmed';
        RETURN NEXT;
        RETURN;
    END IF;
    IF NOT v_import.is_announced THEN
        UPDATE limit_import i
        SET is_announced = true
        WHERE i.limit_import_id = announce_limit_import.limit_import_id;
        outcome := 'announcing';
        RETURN NEXT;
        RETURN;
    END IF;

    v_customers := ARRAY(
        SELECT DISTINCT r.customer_id
        FROM limit_import_row r
        WHERE r.limit_import_id = announce_limit_import.limit_import_id
          AND r.is_change
          AND r.customer_id > v_from
        ORDER BY r.customer_id
        LIMIT announce_limit_import.batch_size);
    IF cardinality(v_customers) = 0 THEN
        UPDATE limit_import i
        SET announced_at = coalesce(i.announced_at, clock())
        WHERE i.limit_import_id = announce_limit_import.limit_import_id;
        outcome := 'announced';
        RETURN NEXT;
        RETURN;
    END IF;

    IF batch_size > 1 THEN
        WITH unlocked AS MATERIALIZED (
            SELECT a.customer_id
            FROM customer_purchased_amount a
            WHERE a.customer_id = ANY (v_customers)
            FOR NO KEY UPDATE SKIP LOCKED
        ), due AS (
            UPDATE customer_purchased_amount a
            SET next_due_at = least(a.next_due_at, clock())
            FROM unlocked u
            WHERE a.customer_id = u.customer_id
            RETURNING a.customer_id
        )
        SELECT coalesce(array_agg(d.customer_id), '{}') INTO v_done FROM due d;
        -- Up to the first that was locked.
        v_customers := ARRAY(
            SELECT c.customer_id
            FROM unnest(v_customers) c (customer_id)
            WHERE c.customer_id < coalesce((
                SELECT min(l.customer_id) FROM unnest(v_customers) l (customer_id) WHERE NOT l.customer_id = ANY (v_done)
            ), 9223372036854775807)
            ORDER BY c.customer_id);
    ELSE
        UPDATE customer_purchased_amount a
        SET next_due_at = least(a.next_due_at, clock())
        WHERE a.customer_id = v_customers[1];
    END IF;

    UPDATE limit_import_progress p
    SET announced_to = coalesce(v_customers[cardinality(v_customers)], p.announced_to),
        announced_count = p.announced_count + cardinality(v_customers),
        heartbeat_at = clock()
    WHERE p.limit_import_id = announce_limit_import.limit_import_id;
    outcome := CASE WHEN cardinality(v_customers) = 0 THEN 'held' ELSE 'announcing' END;
    RETURN NEXT;
END
$body$;
