-- in: nothing. Raises 25001. Every money function calls it when its transaction is not SERIALIZABLE: what the function
-- decides from its snapshot is true only there.
CREATE OR REPLACE FUNCTION store.refuse_isolation() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION 'money functions run in SERIALIZABLE transactions only, this one is %',
            current_setting('transaction_isolation')
        USING ERRCODE = '25001',
              HINT = 'db/roles sets default_transaction_isolation for the roles; something overrode it.';
END
$body$;
