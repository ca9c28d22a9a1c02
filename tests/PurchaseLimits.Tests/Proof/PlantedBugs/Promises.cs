using Dapper;
using Npgsql;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>The constraints of the store's money tables: what a bug runs into, if nothing else sees it.</summary>
internal static class Promises
{
    // Unique keys stay as indexes, so that all is read as before. A row that FOR UPDATE waits for is found by its primary key,
    // and what a view groups by or ON CONFLICT names is one.
    private const string Drop =
        """
        DO $do$
        DECLARE
            v_constraint record;
            v_index text;
        BEGIN
            FOR v_constraint IN
                SELECT c.conrelid::regclass AS relation, c.conname, c.contype, pg_get_indexdef(c.conindid) AS index
                FROM pg_constraint c
                JOIN pg_class t ON t.oid = c.conrelid
                WHERE t.relnamespace = 'store'::regnamespace
                  AND (c.contype IN ('c', 'f')
                       OR c.contype IN ('p', 'u') AND c.conrelid = ANY ('{
                           store.customer_event, store.purchase, store.purchase_line, store.purchase_line_on_request, store.refund,
                           store.refund_line, store.outbox_message, store.limit_change}'::regclass[]))
                ORDER BY c.contype = 'f' DESC
            LOOP
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v_constraint.relation, v_constraint.conname);
                IF v_constraint.contype IN ('p', 'u') THEN
                    EXECUTE replace(v_constraint.index, 'CREATE UNIQUE INDEX', 'CREATE INDEX');
                END IF;
            END LOOP;
            FOR v_constraint IN
                SELECT c.contypid::regtype AS relation, c.conname
                FROM pg_constraint c
                WHERE c.contypid = 'store.usd'::regtype
                  AND c.contype = 'c'
            LOOP
                EXECUTE format('ALTER DOMAIN %s DROP CONSTRAINT %I', v_constraint.relation, v_constraint.conname);
            END LOOP;
        END
        $do$
        """;

    public static Task BreakAsync(NpgsqlConnection superuser) => superuser.ExecuteAsync(Drop);
}
