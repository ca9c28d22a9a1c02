-- in: customer_id; wanted, whether the customer wants mails about how much of a limit is used. Saying the same twice is fine.
-- Locks nobody, and no purchase waits for it or is made again for it: READ COMMITTED.
-- Errors: PL001 wanted is null, 23503 there is no such customer.
CREATE OR REPLACE FUNCTION store.set_notices(customer_id bigint, wanted boolean)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
BEGIN
    IF set_notices.wanted IS NULL THEN
        RAISE EXCEPTION 'notices are on or off' USING ERRCODE = 'PL001';
    END IF;

    IF set_notices.wanted THEN
        DELETE FROM notice_opt_out o
        WHERE o.customer_id = set_notices.customer_id;
    ELSE
        INSERT INTO notice_opt_out (customer_id)
        VALUES (set_notices.customer_id)
        ON CONFLICT ON CONSTRAINT notice_opt_out_pkey DO NOTHING;
    END IF;
END
$body$;
