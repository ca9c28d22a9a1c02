-- in: nothing. Raises 25001. Every money function calls it when its session could not keep the promise: below SERIALIZABLE
-- what the function decides from its snapshot may be untrue (an import of prices locks what it reads, and calls it in
-- REPEATABLE READ only), and with synchronous_commit off a crash may lose what was acknowledged. Both are settings that
-- whoever holds a role's password can change for that role.
CREATE OR REPLACE FUNCTION store.refuse_session() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION 'money functions run in SERIALIZABLE transactions (imports of prices: or READ COMMITTED) with durable commits only; this one is %, synchronous_commit %',
            current_setting('transaction_isolation'), current_setting('synchronous_commit')
        USING ERRCODE = '25001',
              HINT = 'db/roles sets default_transaction_isolation for the roles; something overrode it.';
END
$body$;
