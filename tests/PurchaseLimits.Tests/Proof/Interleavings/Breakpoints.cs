using System.Globalization;
using Dapper;
using Npgsql;

namespace PurchaseLimits.Tests.Proof.Interleavings;

/// <summary>
/// Where a function stops for the explorer. A command of the store is one function, so its steps are put into the functions of the
/// explored database: their own text, and a call of <c>test.pause</c> at known places.
/// </summary>
/// <param name="Function">Qualified.</param>
/// <param name="Before">The statement it stops at, by how it begins; once in the function.</param>
/// <param name="Place">What a reader of a schedule is told.</param>
internal sealed record Breakpoint(string Function, string Before, string Place)
{
    /// <summary>All of them, in the order of the code.</summary>
    public static readonly IReadOnlyList<Breakpoint> All =
    [
        new("store.lock_customer", "IF current_setting('transaction_isolation')", "before the lock"),
        new("store.lock_customer", "v_account := v_locked.a;", "with the lock"),
        new("store.lock_customer", "IF v_account.next_due_at <= v_now", "with the lock and the time"),
        new("store.lock_free_customers", "RETURN ARRAY(", "before the rows that are free"),
        new("store.check_last_events", "SELECT a.customer_id", "written, before the ledgers are looked at"),
        new("store.append_event", "INSERT INTO customer_event", "before the event"),
        new("store.append_event", "UPDATE customer_purchased_amount a", "between event and row"),
        new("store.append_event", "RETURN v_account_after;", "after the row"),
        new("store.record_purchases", "WITH decision AS (", "decided, before it is written"),
        new("store.record_purchases", "FOREACH v_decision IN ARRAY decisions", "after it is written"),
        new("store.refund_purchase", "INSERT INTO refund (", "before the refund"),
        new("store.register_customer", "SELECT s.* INTO STRICT v_setting", "before the customer"),
        new("store.register_customer", "INSERT INTO customer_event", "before the first event"),
        new("store.register_customer", "FOR v_default IN", "after the row"),
        new("report.set_mark", "INSERT INTO mark", "with a moment, before its mark"),
        new("report.refresh", "PERFORM extend_days", "before the days"),
        new("report.refresh", "UPDATE report r", "before the view"),
    ];

    // A session that is not told its number does not stop. The notice arrives at once: that is how the conductor learns of it.
    private const string Pause =
        """
        CREATE FUNCTION test.pause(place text) RETURNS void LANGUAGE plpgsql AS $body$
        DECLARE
            v_session int := nullif(current_setting('test.session', true), '')::int;
            v_step int := coalesce(nullif(current_setting('test.step', true), ''), '0')::int + 1;
        BEGIN
            IF v_session IS NULL THEN
                RETURN;
            END IF;
            PERFORM set_config('test.step', v_step::text, false);
            RAISE NOTICE 'at: %', place;
            PERFORM pg_advisory_lock(v_session, v_step);
            PERFORM pg_advisory_unlock(v_session, v_step);
        END
        $body$;
        GRANT EXECUTE ON FUNCTION test.pause TO PUBLIC;
        """;

    /// <summary>Puts them into the functions as they are in this database.</summary>
    /// <returns>Those whose statement was not found: none, but where somebody changed a function.</returns>
    public static async Task<IReadOnlyList<Breakpoint>> PutIntoAsync(NpgsqlConnection superuser)
    {
        await superuser.ExecuteAsync(Pause);
        var missing = new List<Breakpoint>();
        foreach (var places in All.GroupBy(place => place.Function))
        {
            var text = await superuser.QuerySingleAsync<string>(
                "SELECT pg_get_functiondef(@function::regproc::oid)", new { function = places.Key });
            foreach (var place in places)
            {
                if (text.Split(place.Before).Length == 2)
                    text = text.Replace(place.Before, string.Create(CultureInfo.InvariantCulture, $"PERFORM test.pause('{place.Place}'); {place.Before}"), StringComparison.Ordinal);
                else
                    missing.Add(place);
            }

            await superuser.ExecuteAsync(text);
        }

        return missing;
    }
}
