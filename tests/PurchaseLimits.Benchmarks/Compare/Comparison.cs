using System.Globalization;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>
/// Contenders side by side: each round gives every one of them a turn, in another order each time, so that what the machine does
/// meanwhile meets all alike. The first round is not counted.
/// </summary>
/// <param name="options">What is measured.</param>
/// <param name="say">Takes progress.</param>
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
        if (!server.IsDurable)
            say("This server does not wait for its disk: what is measured on it says nothing.");
        var seats = new List<Seat>();
        var made = new ComparedDatabases(server, say);
        var databases = new Dictionary<string, ComparedDatabase?>();
        try
        {
            await made.DropLeftOversAsync();
            foreach (var events in options.Events)
            {
                var name = $"compare_{Guid.NewGuid():N}"[..20];
                databases[name] = null;
                var database = databases[name] = await made.OpenAsync(name, events, options.Customers);
                await SeatAsync(database, events, seats);
            }

            await server.ExecuteAsync("CHECKPOINT;");
            await MeasureAsync(server, seats, result);
        }
        finally
        {
            foreach (var seat in seats)
                await seat.Contender.DisposeAsync();
            foreach (var (name, database) in databases)
            {
                if (database is not null)
                    await database.DisposeAsync();
                await server.DropAsync(name);
            }
        }

        return result;
    }

    private async Task SeatAsync(ComparedDatabase database, long events, List<Seat> seats)
    {
        var customers = await database.RoomyAsync(options.Customers);
        var almostFull = options.Workloads.Contains(Workload.Full.Name)
            ? await database.AddAlmostFullAsync(Workload.AlmostFullCustomers * (options.Rounds + 1) * options.Contenders.Count)
            : [];
        for (var n = 0; n < options.Contenders.Count; n++)
        {
            var own = almostFull.Where((_, index) => index % options.Contenders.Count == n).ToList();
            await TakeSeatAsync(Contenders.Create(options.Contenders[n], database), own);
        }

        if (options.Workloads.Contains(Workload.Pages.Name))
        {
            foreach (var page in PageVisits.All(database))
                await TakeSeatAsync(page, []);
        }

        await database.ExecuteAsync("VACUUM (ANALYZE)");

        async Task TakeSeatAsync(IContender contender, IReadOnlyList<long> own)
        {
            say($"{contender.Name} gets ready …");
            seats.Add(new Seat(events, database, contender, customers, own));
            await contender.PrepareAsync([.. customers, .. own], say);
        }
    }

    private async Task MeasureAsync(CompareServer server, List<Seat> seats, ComparisonResult result)
    {
        using var runner = new TurnRunner(server, options.Length);
        foreach (var workload in Workload.All.Where(workload => options.Workloads.Contains(workload.Name)))
        {
            say($"{workload.Title}:");
            var turns = seats.SelectMany(seat => TurnsOf(seat, workload, runner)).ToList();
            for (var round = 0; round <= options.Rounds; round++)
            {
                for (var n = 0; n < turns.Count; n++)
                {
                    var (name, seat, run) = turns[(n + round) % turns.Count];
                    var turn = await run(round);
                    say(string.Create(CultureInfo.InvariantCulture,
                        $"  round {round}: {name} at {CompareOptions.CountName(seat.Events)}: {turn.PerSecond:N0}/s, p99 {turn.Latency(.99):N1} ms"));
                    if (round > 0)
                        result.Add(workload.Name, name, seat.Contender.Does, seat.Events, turn);
                }
            }
        }
    }

    /// <summary>What a seat is measured at in a workload: nothing, most often one thing.</summary>
    private static IEnumerable<(string Name, Seat Seat, Func<int, Task<Turn>> RunAsync)> TurnsOf(Seat seat, Workload workload, TurnRunner runner)
    {
        var (contender, database) = (seat.Contender, seat.Database);
        if (workload == Workload.Beside)
        {
            if (contender is StorePurchases)
            {
                var beside = new BesideTurns(contender, runner.Length, seat.Customers);
                yield return (BesideTurns.Quiet, seat, _ => beside.RunAsync(withHot: false));
                yield return (BesideTurns.BesideHot, seat, _ => beside.RunAsync(withHot: true));
            }
        }
        else if (workload == Workload.Pages == contender is PageVisits)
        {
            var buyers = contender.Buyers(seat.Customers);
            yield return (contender.Name, seat, round => runner.RunAsync(contender, database, workload, workload.IsFull
                ? [.. seat.AlmostFull.Skip(round * Workload.AlmostFullCustomers).Take(Workload.AlmostFullCustomers)]
                : buyers));
        }
    }
}
