using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>Runs turns on one server and looks at the ledgers after each.</summary>
internal sealed class TurnRunner(CompareServer server, TimeSpan length) : IDisposable
{
    // Looking at everybody would take longer than the turn; those who bought most are always among them.
    private const int LookedAt = 2_000;

    private readonly TripCounter _trips = new();

    public TimeSpan Length => length;

    private readonly record struct Usage(TimeSpan Client, TimeSpan? Server, long Wal, long? Retries, long? Trips);

    /// <param name="contender">Whose turn it is.</param>
    /// <param name="database">Where its tables are.</param>
    /// <param name="workload">Who buys.</param>
    /// <param name="customers">From whose accounts.</param>
    /// <exception cref="WrongLedgerException">Its tables contradict each other.</exception>
    public async Task<Turn> RunAsync(IContender contender, ComparedDatabase database, Workload workload, IReadOnlyList<long> customers)
    {
        await contender.BeginAsync();
        var before = await UseAsync(contender);
        var calls = await Task.WhenAll(await CallAsync(contender, workload, customers));
        var seconds = calls.Max(call => call.Seconds);
        var settling = Stopwatch.GetTimestamp();
        var decided = await contender.SettleAsync();
        var settled = Stopwatch.GetElapsedTime(settling).TotalSeconds;
        var after = await UseAsync(contender);

        var latencies = calls.SelectMany(call => call.Latencies).ToArray();
        Array.Sort(latencies);
        return new Turn
        {
            Seconds = seconds,
            Accepted = calls.Sum(call => call.Counts[(int)Answer.Bought] + call.Counts[(int)Answer.Taken]),
            Refused = calls.Sum(call => call.Counts[(int)Answer.Refused]),
            Unanswered = calls.Sum(call => call.Counts[(int)Answer.Unanswered]),
            Latencies = latencies,
            Retries = after.Retries - before.Retries,
            Trips = after.Trips - before.Trips,
            Client = after.Client - before.Client,
            Server = after.Server - before.Server,
            Wal = after.Wal - before.Wal,
            DecidedPerSecond = decided / (seconds + settled),
            Oversold = await LookAsync(contender, database, calls),
        };
    }

    private sealed class Call
    {
        public List<double> Latencies { get; } = [];

        public long[] Counts { get; } = new long[4];

        public Dictionary<long, int> Customers { get; } = [];

        public double Seconds { get; set; }
    }

    // All callers are there before the first one calls.
    private async Task<IEnumerable<Task<Call>>> CallAsync(IContender contender, Workload workload, IReadOnlyList<long> customers)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = 0L;
        var callers = Enumerable.Range(0, workload.Callers).Select(_ => Task.Run(async () =>
        {
            var call = new Call();
            await ready.Task;
            while (Stopwatch.GetElapsedTime(started) < length)
            {
                var order = new Order(workload.Pick(Random.Shared, customers), Guid.CreateVersion7());
                var begun = Stopwatch.GetTimestamp();
                var answer = await contender.BuyAsync(order);
                call.Latencies.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                call.Counts[(int)answer]++;
                CollectionsMarshal.GetValueRefOrAddDefault(call.Customers, order.CustomerId, out bool _)++;
            }

            call.Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            return call;
        })).ToList();
        await Task.Yield();
        started = Stopwatch.GetTimestamp();
        ready.SetResult();
        return callers;
    }

    private async Task<Usage> UseAsync(IContender contender) => new(
        Environment.CpuUsage.TotalTime + contender.OwnProcessor,
        server.Processes?.Processor(),
        await server.WalAsync(),
        contender.Retries,
        contender.OtherTrips is { } others ? _trips.Trips + others : null);

    private static Task<IReadOnlyList<Oversold>> LookAsync(IContender contender, ComparedDatabase database, Call[] calls) => Ledger.LookAsync(
        contender, database,
        [
            .. calls.SelectMany(call => call.Customers).GroupBy(customer => customer.Key)
                .OrderByDescending(customer => customer.Sum(calls => calls.Value)).Take(LookedAt).Select(customer => customer.Key),
        ]);

    public void Dispose() => _trips.Dispose();
}
