using System.Diagnostics;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>PostgreSQL's processes are killed with SIGKILL under load: one backend, or all of them. Two web processes go on.</summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class KilledServerTests(PostgresServer server) : DurableServerTest(server, "kills")
{
    private const int Customers = 8;
    private const int Callers = 12;
    private const int Products = 12;
    private const int AnswersBetween = 60;

    // More than a machine with other things to do needs; the report says what it took.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    private volatile bool _isDying;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_the_store_is_back_at_once()
    {
        var seed = ProofTier.Seed("KILLS_SEED");
        var random = new Random(seed);
        await AddProductsAsync([.. Enumerable.Range(1, Products).Select(price => (decimal)price)]);
        await AddCustomersAsync(1, Customers);
        // What a server had sent when it died is lost with it, as with a machine: some of that are answers to what was committed.
        await using var wire = new TcpProxy(ServerAddress.Host, ServerAddress.Port)
        {
            Reply = _ =>
            {
                Thread.Sleep(1); // a network's
                return !_isDying;
            },
        };
        PurchaseLimits.Web.Store[] stores = [NewStoreThrough(wire.Port), NewStoreThrough(wire.Port)];
        var workers = stores.Select(NewWorker).ToArray();
        foreach (var worker in workers)
            await worker.StartAsync(Cancelled);
        var load = new FaultLoad(stores, Customers, Products, () => DateTimeOffset.UtcNow - TimeSpan.FromSeconds(2));
        var started = Stopwatch.GetTimestamp();
        var running = load.RunAsync(seed, Callers);
        var slowest = TimeSpan.Zero;

        for (var kill = 0; kill < ProofTier.Of(10, 220); kill++)
        {
            await AnswersAsync(load, AnswersBetween);
            // Every third time purchases are only taken, and decided by the workers.
            await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = @deferred, refund_restores_allowance = @restores",
                new { deferred = kill % 3 == 2, restores = random.Next(3) > 0 });
            await AnswersAsync(load, AnswersBetween);
            await Task.Delay(random.Next(30), Cancelled); // at any moment of a purchase
            long at = 0;
            if (kill % 5 < 3)
            {
                await KillBackendAsync(() =>
                {
                    _isDying = true;
                    at = load.Break("a backend killed");
                });
                _isDying = false;
            }
            else
            {
                _isDying = true;
                at = load.Break("the server killed");
                await KillServerAsync();
                _isDying = false;
                await StartAgainAsync();
            }

            await Eventually.TrueAsync(() => Task.FromResult(load.BackAfter(at) is not null), "somebody buys again");
            slowest = load.BackAfter(at)!.Value > slowest ? load.BackAfter(at)!.Value : slowest;
        }

        load.Stop();
        await running;
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM store.purchase_request)");
        foreach (var worker in workers)
            await worker.StopAsync(CancellationToken.None);

        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        var findings = await FaultFindings.OfAsync(load, connection);
        var outcomes = load.Outcomes();
        outcomes["ms to the first answer at the slowest"] = (long)slowest.TotalMilliseconds;
        ProofRun.Add(new()
        {
            Section = "Faults",
            What = "PostgreSQL's processes killed under load",
            Tried = load.FaultCount,
            Unit = "kills",
            Violations = findings.Count,
            Seed = seed,
            Outcomes = outcomes,
            Took = Stopwatch.GetElapsedTime(started),
        });
        Assert.Empty(findings);
        Assert.InRange(slowest, TimeSpan.Zero, s_longest);
        Assert.All(new[] { FaultLoad.CommittedBefore, FaultLoad.NotCommitted }, outcome => Assert.True(outcomes[outcome] > 0, $"never: {outcome}"));
    }

    private static Task AnswersAsync(FaultLoad load, int more)
    {
        var until = load.Answers.Count + more;
        return Eventually.TrueAsync(() => Task.FromResult(load.Answers.Count >= until), "the load goes on");
    }
}
