using Dapper;
using Npgsql;

namespace PurchaseLimits.Tests.Support;

/// <summary>
/// Makes a customer's row and ledger differ, as only a superuser can who takes the guards away for that; and mends it again.
/// They are back before a call returns.
/// </summary>
public sealed class LedgerBreaker(NpgsqlDataSource superuser)
{
    /// <summary>The ways that are tried. The customer's last event is a refusal, so that nothing but the numbers tells it.</summary>
    public static readonly IReadOnlyDictionary<string, string> Ways = new Dictionary<string, string>
    {
        ["amount"] = "UPDATE store.customer_purchased_amount SET amount = amount - 1 WHERE customer_id = @customerId",
        ["held"] = "UPDATE store.customer_purchased_amount SET held = held + 1 WHERE customer_id = @customerId",
        ["limit raised"] = "UPDATE store.customer_purchased_amount SET limit_amount = 10000, ceiling = 10000 WHERE customer_id = @customerId",
        ["last event missing"] =
            """
            DELETE FROM store.customer_event e
            USING store.customer_purchased_amount a
            WHERE a.customer_id = @customerId AND e.customer_id = a.customer_id AND e.sequence_number = a.last_sequence_number
            """,
        ["event too many"] = "UPDATE store.customer_purchased_amount SET last_sequence_number = last_sequence_number - 1 WHERE customer_id = @customerId",
    };

    public Task BreakAsync(string way, long customerId) => RunAsync(
        $"""
        DROP TABLE IF EXISTS public.saved_row, public.saved_event;
        CREATE TABLE public.saved_row AS SELECT * FROM store.customer_purchased_amount WHERE customer_id = @customerId;
        CREATE TABLE public.saved_event AS SELECT * FROM store.customer_event WHERE customer_id = @customerId;
        ALTER TABLE public.saved_event DROP COLUMN previous_sequence_number;
        {Ways[way]}
        """,
        customerId);

    /// <summary>As it was before <see cref="BreakAsync"/>; whether the customer is frozen stays.</summary>
    public async Task MendAsync(long customerId)
    {
        await using var connection = await superuser.OpenConnectionAsync();
        var columns = await connection.QuerySingleAsync<string>(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'saved_event'");
        await RunAsync(
            $"""
            UPDATE store.customer_purchased_amount a
            SET amount = s.amount, held = s.held, limit_amount = s.limit_amount, ceiling = s.ceiling,
                last_sequence_number = s.last_sequence_number
            FROM public.saved_row s
            WHERE a.customer_id = s.customer_id;
            INSERT INTO store.customer_event ({columns}) SELECT {columns} FROM public.saved_event ON CONFLICT DO NOTHING;
            DROP TABLE public.saved_row, public.saved_event
            """,
            customerId);
    }

    /// <summary>What CHECKs forbid, too: the one that says that no purchase ends above its limit is taken away, and is not put back.</summary>
    public Task BreakRuleAsync(string sql, long customerId) => RunAsync(
        $"ALTER TABLE store.customer_event DROP CONSTRAINT IF EXISTS customer_event_purchase_within_limit; {sql}", customerId);

    /// <summary>Anything else that breaks the ledger.</summary>
    public async Task RunAsync(string sql, long customerId)
    {
        await using var connection = await superuser.OpenConnectionAsync();
        await connection.ExecuteAsync(
            $"""
            BEGIN;
            SET LOCAL session_replication_role = replica;
            ALTER TABLE store.customer_event DISABLE TRIGGER customer_event_append_only;
            {sql};
            ALTER TABLE store.customer_event ENABLE ALWAYS TRIGGER customer_event_append_only;
            COMMIT
            """,
            new { customerId });
    }
}
