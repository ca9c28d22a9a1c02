using System.Diagnostics;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// The database's clock jumps by hours under load, back and forth. A customer's events stay in order, nothing is decided before what was
/// decided last, and what is due on the way is settled.
/// </summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class ClockJumpTests(PostgresServer server) : StoreTest(server)
{
    private const int Customers = 8;
    private const int Callers = 8;
    private const int Products = 12;

    [Fact]
    public async Task Order_and_limits_hold_whatever_the_clock_says()
    {
        var seed = ProofTier.Seed("CLOCK_SEED");
        var random = new Random(seed);
        await AddProductsAsync([.. Enumerable.Range(1, Products).Select(price => (decimal)price)]);
        await AddCustomersAsync(1, Customers);
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];
        // A window that opens and closes as the clock jumps over midnight.
        for (var customer = 1; customer <= Customers; customer += 2)
            await stores[0].ChangeLimitAsync(new(customer, Guid.CreateVersion7(), PurchaseLimits.Web.LimitWindow.Day, null, 200m, null, null, "why", "admin 1"));
        var worker = NewWorker(stores[0]);
        await worker.StartAsync(Cancelled);
        var jump = TimeSpan.Zero;
        var load = new FaultLoad(stores, Customers, Products, () => DateTimeOffset.UtcNow + jump - TimeSpan.FromSeconds(2));
        var started = Stopwatch.GetTimestamp();
        var running = load.RunAsync(seed, Callers);

        for (var i = 0; i < ProofTier.Of(20, 400); i++)
        {
            var until = load.Answers.Count + 30;
            await Eventually.TrueAsync(() => Task.FromResult(load.Answers.Count >= until), "the load goes on");
            // On the whole it goes on: time that never passes again would say nothing of deadlines.
            var next = TimeSpan.FromMinutes(random.Next(-12 * 60, 12 * 60)) + TimeSpan.FromHours(i % 7);
            load.Break(next < jump ? "the clock set back" : "the clock set forward");
            await ExecuteAsync($"CREATE OR REPLACE FUNCTION store.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp() + interval ''{next.TotalMinutes} minutes'''");
            jump = next;
            if (i % 5 == 4)
                await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = NOT deferred_confirmation");
        }

        load.Stop();
        await running;
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM store.purchase_request)");
        await worker.StopAsync(CancellationToken.None);

        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        var findings = (await FaultFindings.OfAsync(load, connection)).Concat(await QueryAsync<string>(
            """
            SELECT format('customer %s is settled until %s, and event %s happened %s', customer_id, a.settled_at, e.sequence_number, e.occurred_at)
            FROM store.customer_event e
            JOIN store.customer_purchased_amount a USING (customer_id)
            WHERE e.occurred_at > a.settled_at
            """)).ToList();
        ProofRun.Add(new()
        {
            Section = "Faults",
            What = "the clock jumping under load",
            Tried = load.FaultCount,
            Unit = "jumps",
            Violations = findings.Count,
            Seed = seed,
            Outcomes = load.Outcomes().Where(pair => !pair.Key.StartsWith("under way", StringComparison.Ordinal)).ToDictionary(),
            Took = Stopwatch.GetElapsedTime(started),
        });
        Assert.Empty(findings);
        // Some events had to be stamped with what was decided last, or the clock was never behind.
        Assert.True(await ScalarAsync<long>("SELECT count(*) FROM (SELECT occurred_at = lag(occurred_at) OVER (PARTITION BY customer_id ORDER BY sequence_number) AS same FROM store.customer_event) e WHERE same") > 10);
    }
}
