using System.Globalization;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>
/// Contenders side by side: each round gives every one of them a turn, in another order each time, so that what the machine does
/// meanwhile meets all alike. The first round is not counted.
/// </summary>
/// <param name="options">What is measured.</param>
/// <param name="say">Takes progress and, at the end, the report.</param>
public sealed class Comparison(CompareOptions options, Action<string> say)
{
    /// <summary>A contender in a database of one size.</summary>
    private sealed record Seat(long Events, ComparedDatabase Database, IContender Contender, IReadOnlyList<long> Customers, IReadOnlyList<long> AlmostFull);

    /// <exception cref="ArgumentException">That cannot be measured.</exception>
    /// <exception cref="WrongLedgerException">A contender's tables contradict each other.</exception>
    public async Task<ComparisonResult> RunAsync()
    {
        options.Check();
        await using var server = await CompareServer.StartAsync(options.Connection, say);
        var result = new ComparisonResult { Options = options, Settings = server.Settings, IsDurable = server.IsDurable };
        var seats = new List<Seat>();
        var databases = new List<string>();
        try
        {
            foreach (var events in options.Events)
            {
                var name = $"compare_{Environment.ProcessId}_{CompareOptions.CountName(events)}";
                databases.Add(name);
                var database = await new ComparedDatabases(server, say).OpenAsync(name, events, options.Customers);
                seats.AddRange(await SeatAsync(database, events));
            }

            await MeasureAsync(server, seats, result);
        }
        finally
        {
            foreach (var seat in seats)
                await seat.Contender.DisposeAsync();
            foreach (var name in databases)
                await server.DropAsync(name);
        }

        return result;
    }

    private async Task<IReadOnlyList<Seat>> SeatAsync(ComparedDatabase database, long events)
    {
        var customers = await database.RoomyAsync(options.Customers);
        var almostFull = options.Workloads.Contains(Workload.Full.Name)
            ? await database.AddAlmostFullAsync(Workload.AlmostFullCustomers * (options.Rounds + 1) * options.Contenders.Count)
            : [];
        var seats = new List<Seat>();
        for (var n = 0; n < options.Contenders.Count; n++)
        {
            var contender = Contenders.Create(options.Contenders[n], database);
            var own = almostFull.Where((_, index) => index % options.Contenders.Count == n).ToList();
            say($"{contender.Name} gets ready …");
            await contender.PrepareAsync([.. customers, .. own], say);
            seats.Add(new Seat(events, database, contender, contender.Buyers(customers), own));
        }

        await database.ExecuteAsync("VACUUM (ANALYZE)");
        return seats;
    }

    private async Task MeasureAsync(CompareServer server, List<Seat> seats, ComparisonResult result)
    {
        await server.ExecuteAsync("CHECKPOINT;");
        using var runner = new TurnRunner(server, options.Length);
        foreach (var workload in Workload.All.Where(workload => options.Workloads.Contains(workload.Name)))
        {
            say($"{workload.Title}:");
            for (var round = 0; round <= options.Rounds; round++)
            {
                for (var n = 0; n < seats.Count; n++)
                {
                    var seat = seats[(n + round) % seats.Count];
                    var customers = workload.IsFull
                        ? seat.AlmostFull.Skip(round * Workload.AlmostFullCustomers).Take(Workload.AlmostFullCustomers).ToList()
                        : seat.Customers;
                    var turn = await runner.RunAsync(seat.Contender, seat.Database, workload, customers);
                    say(string.Create(CultureInfo.InvariantCulture,
                        $"  round {round}: {seat.Contender.Name} at {CompareOptions.CountName(seat.Events)}: {turn.PerSecond:N0}/s, p99 {turn.Latency(.99):N1} ms"));
                    if (round > 0)
                        result.Add(workload.Name, seat.Contender, seat.Events, turn);
                }
            }
        }
    }
}
