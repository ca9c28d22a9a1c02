using System.Collections.Concurrent;
using System.Diagnostics;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>
/// What others notice of a hot customer. They buy at a steady pace, and a purchase's time counts from when it should have begun, so
/// that one that waits makes those behind it late as well.
/// </summary>
/// <param name="contender">Where they buy.</param>
/// <param name="length">Of a turn.</param>
/// <param name="customers">The first is the hot one.</param>
internal sealed class BesideTurns(IContender contender, TimeSpan length, IReadOnlyList<long> customers)
{
    public const string Quiet = "others, quiet", BesideHot = "others, beside a hot one";

    /// <summary>Purchases of others a second.</summary>
    public const int Pace = 100;

    public async Task<Turn> RunAsync(bool withHot)
    {
        using var end = new CancellationTokenSource();
        var hot = withHot
            ? Enumerable.Range(0, Workload.Beside.Callers).Select(_ => Task.Run(() => BuyUntilAsync(end.Token))).ToArray()
            : [];
        var latencies = new ConcurrentBag<double>();
        var counts = new int[4];
        var calls = new List<Task>();
        var clock = Stopwatch.StartNew();
        for (var i = 0; clock.Elapsed < length; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / Pace);
            if (due > clock.Elapsed)
                await Task.Delay(due - clock.Elapsed);
            var order = new Order(customers[1 + Random.Shared.Next(customers.Count - 1)], Guid.CreateVersion7());
            calls.Add(Task.Run(async () =>
            {
                var answer = await contender.BuyAsync(order);
                latencies.Add((clock.Elapsed - due).TotalMilliseconds);
                Interlocked.Increment(ref counts[(int)answer]);
            }));
        }

        await Task.WhenAll(calls);
        await end.CancelAsync();
        await Task.WhenAll(hot);
        return new Turn
        {
            Seconds = clock.Elapsed.TotalSeconds,
            Accepted = counts[(int)Answer.Bought] + counts[(int)Answer.Taken],
            Refused = counts[(int)Answer.Refused],
            Unanswered = counts[(int)Answer.Unanswered],
            Latencies = [.. latencies.Order()],
        };
    }

    private async Task BuyUntilAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
            await contender.BuyAsync(new Order(customers[0], Guid.CreateVersion7()));
    }
}
