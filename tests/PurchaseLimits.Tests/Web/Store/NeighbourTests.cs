using System.Diagnostics;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Store;

/// <summary>Measures, so it runs alone. The result is a ratio of two figures of one run.</summary>
[CollectionDefinition(nameof(NeighbourTests), DisableParallelization = true)]
[Collection(nameof(NeighbourTests))]
public sealed class NeighbourTests(PostgresServer server) : StoreTest(server)
{
    private const int Neighbours = 20;
    private const int Line = 64;

    // More than are decided together and stand in line behind them.
    private const int Crowd = 200;

    [Fact]
    public async Task Two_hundred_callers_on_one_customer_leave_the_others_alone()
    {
        await AddProductsAsync(0.01m);
        await AddCustomersAsync(1, 1 + Neighbours);
        var store = NewStore(maxWaiting: Line);
        await NeighboursP99Async(store, 100);

        // Three rounds of quiet and crowd in turn, and the median of their ratios: this machine has other things to do as well.
        var rounds = new List<(TimeSpan Quiet, TimeSpan Beside, int Busy)>();
        for (var round = 0; round < 3; round++)
        {
            var quiet = await NeighboursP99Async(store, 200);
            var (beside, busy) = await BesideACrowdAsync(store);
            rounds.Add((quiet, beside, busy));
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"p99 of the others: quiet {quiet.TotalMilliseconds:0.0} ms, beside a crowd {beside.TotalMilliseconds:0.0} ms, ratio {beside / quiet:0.00}; busy {busy}");
        }

        Assert.All(rounds, round => Assert.True(round.Busy > 0, $"{Crowd} callers and a line of {Line}: somebody must have been turned away."));
        Assert.InRange(rounds.Select(round => round.Beside / round.Quiet).Order().ElementAt(1), 0, 5);
    }

    private async Task<(TimeSpan P99, int Busy)> BesideACrowdAsync(PurchaseLimits.Web.Store store)
    {
        using var stop = new CancellationTokenSource();
        var busy = 0;
        var crowd = Enumerable.Range(0, Crowd).Select(_ => Task.Run(async () =>
        {
            var request = await RequestAsync(1);
            while (!stop.IsCancellationRequested)
            {
                var reply = await store.PlacePurchaseAsync(request with { PurchaseId = Guid.CreateVersion7() });
                Assert.Contains(reply.Outcome, new[] { PurchaseOutcome.Confirmed, PurchaseOutcome.OverLimit, PurchaseOutcome.Busy });
                if (reply.Outcome == PurchaseOutcome.Busy)
                {
                    Interlocked.Increment(ref busy);
                    // As Retry-After tells a browser; a caller who asks again at once only burns this machine's cores.
                    await Task.Delay(50);
                }
            }
        })).ToArray();
        var p99 = await NeighboursP99Async(store, 200);
        await stop.CancelAsync();
        await Task.WhenAll(crowd);
        return (p99, busy);
    }

    /// <summary>Eight callers, each on customers of its own, one purchase after the other.</summary>
    private async Task<TimeSpan> NeighboursP99Async(PurchaseLimits.Web.Store store, int purchasesEach)
    {
        var times = await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            var request = await RequestAsync(2 + caller);
            var own = new List<TimeSpan>(purchasesEach);
            for (var i = 0; i < purchasesEach; i++)
            {
                var started = Stopwatch.GetTimestamp();
                await store.PlacePurchaseAsync(request with { PurchaseId = Guid.CreateVersion7() });
                own.Add(Stopwatch.GetElapsedTime(started));
            }

            return own;
        })));
        var sorted = times.SelectMany(own => own).Order().ToArray();
        return sorted[(int)(sorted.Length * 0.99)];
    }
}
