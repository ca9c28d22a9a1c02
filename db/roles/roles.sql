-- Who may log in or own what. Roles belong to the whole server, not to one database, so this file is run first at every
-- `up`, as the login that migrates, and changes nothing where all is as it says.
-- A role gets LOGIN and its password from `up` (see db/README.md), never from a script.
DO $body$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['store_owner', 'store_migrator', 'store_web', 'store_admin', 'store_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database of this server is being migrated at this moment
            END;
        END IF;
    END LOOP;

    -- A login that is no superuser must be able to act as the owner to create what the owner owns. Since PostgreSQL 16 who
    -- creates a role is a member of it, but one that may only hand it on: USAGE asks for more than MEMBER.
    IF NOT pg_has_role(CURRENT_USER, 'store_owner', 'USAGE') THEN
        EXECUTE format('GRANT store_owner TO %I', CURRENT_USER);
    END IF;
END
$body$;

-- Who migrates from the second `up` on: may act as the owner, so no superuser's password need be in CI; sees whom it waits for,
-- where that is another login; makes databases, only to compare with (`verify`). What a login that is no superuser may not hand on
-- is left out, and whoever misses it is told then.
DO $body$
DECLARE
    v_statement text;
BEGIN
    FOR v_statement IN
        SELECT r.statement
        FROM (
            VALUES (pg_has_role('store_migrator', 'store_owner', 'USAGE'), 'GRANT store_owner TO store_migrator'),
                   (pg_has_role('store_migrator', 'pg_read_all_stats', 'USAGE'), 'GRANT pg_read_all_stats TO store_migrator'),
                   ((SELECT rolcreatedb FROM pg_roles WHERE rolname = 'store_migrator'), 'ALTER ROLE store_migrator CREATEDB')
        ) r (is_so, statement)
        WHERE NOT r.is_so
    LOOP
        BEGIN
            EXECUTE v_statement;
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END LOOP;
END
$body$;

-- SERIALIZABLE is a property of the role, so it holds wherever its calls run; money functions refuse anything less.
-- Nothing waits for ever: a lock 2 s, a statement 5 s, a transaction left open 10 s. The client's retries have their own
-- deadline (src/PurchaseLimits.Web/Store/RetryPolicy.cs).
DO $body$
DECLARE
    v_role text;
    v_setting text;
    v_value text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['store_web', 'store_admin', 'store_worker'] LOOP
        FOR v_setting, v_value IN
            VALUES ('default_transaction_isolation', 'serializable'),
                   ('lock_timeout', '2s'),
                   ('statement_timeout', '5s'),
                   ('idle_in_transaction_session_timeout', '10s'),
                   -- Money functions forbid sequential scans by their price; the compiler takes that for a huge query.
                   ('jit', 'off')
        LOOP
            IF NOT EXISTS (
                SELECT
                FROM pg_db_role_setting
                WHERE setdatabase = 0
                  AND setrole = v_role::regrole
                  AND format('%s=%s', v_setting, v_value) = ANY (setconfig)
            ) THEN
                EXECUTE format('ALTER ROLE %I SET %I TO %L', v_role, v_setting, v_value);
            END IF;
        END LOOP;
    END LOOP;
END
$body$;

-- The owner creates schemas here. Everybody may create temporary tables by default; here nobody does: a temporary table
-- can stand in for a real one in a function's search path (facts 24).
DO $body$
BEGIN
    IF NOT has_database_privilege('store_owner', current_database(), 'CREATE') THEN
        EXECUTE format('GRANT CREATE ON DATABASE %I TO store_owner', current_database());
    END IF;
    IF has_database_privilege('store_web', current_database(), 'TEMPORARY') THEN
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    END IF;
    -- Refreshing a materialized view beside its readers takes one; the owner's own functions are safe from them.
    IF NOT has_database_privilege('store_owner', current_database(), 'TEMPORARY') THEN
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO store_owner', current_database());
    END IF;
END
$body$;
