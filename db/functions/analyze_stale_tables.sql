-- in: nothing. For workers, before they prove the rules.
-- The proofs join whole tables; where PostgreSQL takes a table for empty that is not, it loops where it should hash, and one
-- proof of 11,000 events took 30 s instead of one. Autovacuum counts rows sooner or later; this counts those tables that nobody
-- ever counted or that more than doubled since. Blocks no purchase.
CREATE OR REPLACE FUNCTION store.analyze_stale_tables() RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_table regclass;
BEGIN
    FOR v_table IN
        SELECT c.oid
        FROM pg_class c
        WHERE c.relnamespace = 'store'::regnamespace
          AND c.relkind = 'r'
          AND (c.reltuples < 0 AND pg_relation_size(c.oid) > 0
               OR pg_stat_get_mod_since_analyze(c.oid) > greatest(1000, c.reltuples))
        ORDER BY c.oid
    LOOP
        EXECUTE format('ANALYZE %s', v_table); -- the one statement that takes no parameter; the name is the catalogue's
    END LOOP;
END
$body$;
