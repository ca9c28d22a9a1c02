using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Benchmarks.Refresh;

/// <summary>
/// How long a refresh of all reports takes, and what purchases and readers notice of it: purchases come at a steady pace, in
/// rounds without and with a refresh, one after the other. A purchase's time counts from when it should have begun, so that
/// one that waits makes those behind it late as well.
/// </summary>
/// <param name="connectionString">A superuser's, of a database that <c>history</c> filled.</param>
/// <param name="say">Takes what is measured, as Markdown.</param>
public sealed class RefreshBenchmark(string connectionString, Action<string> say)
{
    private const int Customers = 2000;

    private sealed record Latencies(double[] Sorted)
    {
        /// <summary>Purchases of several rounds.</summary>
        public static Latencies Of(IEnumerable<Round> rounds) => new([.. rounds.SelectMany(round => round.Purchases.Sorted).Order()]);

        public double At(double share) => Sorted[Math.Min((int)(Sorted.Length * share), Sorted.Length - 1)];
    }

    private sealed record Round(Latencies Purchases, Latencies Readers, int Unanswered);

    /// <param name="rounds">Pairs of a round without and one with a refresh.</param>
    /// <param name="length">Of a round.</param>
    /// <param name="perSecond">Purchases.</param>
    public async Task RunAsync(int rounds, TimeSpan length, int perSecond)
    {
        await using var dataSources = new StoreDataSources(As("store_web"), As("store_admin"), As("store_worker"));
        using var signals = new WorkSignals();
        await using var services = new ServiceCollection().AddMetrics().AddSingleton<StoreMetrics>().BuildServiceProvider();
        var metrics = services.GetRequiredService<StoreMetrics>();
        using var store = new Store(dataSources, new CustomerGate(64), signals, metrics, NullLogger<Store>.Instance);
        var refresher = new ReportRefresher(
            dataSources, metrics, Options.Create(new ReportOptions { RefreshEvery = TimeSpan.FromSeconds(1) }), NullLogger<ReportRefresher>.Instance);

        await using var superuser = NpgsqlDataSource.Create(connectionString);
        await using var connection = await superuser.OpenConnectionAsync();
        var (events, size) = await connection.QuerySingleAsync<(long, string)>(
            "SELECT (SELECT reltuples FROM pg_class WHERE oid = 'store.customer_event'::regclass)::bigint, pg_size_pretty(pg_database_size(current_database()))");
        say(string.Create(CultureInfo.InvariantCulture, $"About {events:N0} events, {size}."));
        var started = Stopwatch.StartNew();
        await refresher.RefreshDueAsync(CancellationToken.None);
        say(string.Create(CultureInfo.InvariantCulture, $"The first refresh, with the sealing of closed days: {started.Elapsed.TotalSeconds:N1} s."));
        await MeasureRefreshAsync(connection, refresher);

        var products = (await connection.QueryAsync<(long ProductId, decimal Price)>("SELECT product_id, price FROM store.current_price WHERE price < 30 LIMIT 20")).AsList();
        var customers = (await connection.QueryAsync<long>(
            "SELECT customer_id FROM store.customer_purchased_amount WHERE limit_amount - amount - held > 100 ORDER BY hashint8(customer_id) LIMIT @Customers",
            new { Customers })).AsList();

        var quiet = new List<Round>();
        var busy = new List<Round>();
        for (var round = 0; round <= rounds; round++)
        {
            var without = await RunRoundAsync(null);
            var with = await RunRoundAsync(refresher);
            if (round == 0)
                continue; // pools and caches grow in the first
            quiet.Add(without);
            busy.Add(with);
        }

        say("");
        say("| round | refresh | purchases | busy | p50 ms | p99 ms | max ms | readers: p99 ms | max ms |");
        say("|---|---|---|---|---|---|---|---|---|");
        for (var round = 0; round < rounds; round++)
        {
            say(Row(round + 1, "no", quiet[round]));
            say(Row(round + 1, "yes", busy[round]));
        }

        var ratios = quiet.Zip(busy, (without, with) => with.Purchases.At(.99) / without.Purchases.At(.99)).Order().ToArray();
        var median = (ratios[(ratios.Length - 1) / 2] + ratios[ratios.Length / 2]) / 2;
        var together = Latencies.Of(busy).At(.99) / Latencies.Of(quiet).At(.99);
        say("");
        say(string.Create(
            CultureInfo.InvariantCulture,
            $"p99 of a purchase with a refresh to without: {string.Join(", ", ratios.Select(ratio => ratio.ToString("0.00", CultureInfo.InvariantCulture)))}; median {median:0.00}; of all rounds together {together:0.00}."));

        async Task<Round> RunRoundAsync(ReportRefresher? refreshing)
        {
            using var end = new CancellationTokenSource(length);
            var refresh = Task.Run(async () =>
            {
                while (refreshing is not null && !end.IsCancellationRequested)
                    await refreshing.RefreshDueAsync(CancellationToken.None);
            });
            var reading = Task.Run(() => ReadAsync(dataSources, end.Token));
            var (purchases, unanswered) = await BuyAsync(store, customers, products, perSecond, length);
            await Task.WhenAll(refresh, reading);
            return new Round(purchases, await reading, unanswered);
        }
    }

    private async Task MeasureRefreshAsync(NpgsqlConnection connection, ReportRefresher refresher)
    {
        await connection.ExecuteAsync("SELECT report.request_refresh('benchmark')");
        await refresher.RefreshDueAsync(CancellationToken.None);
        say("");
        say("| report | rows | refresh, ms |");
        say("|---|---|---|");
        var total = 0.0;
        foreach (var (report, rows, milliseconds) in await connection.QueryAsync<(string, long, double)>(
                     """
                     SELECT f.report_name, f.row_count, (extract(epoch FROM f.finished_at - f.started_at) * 1000)::float8
                     FROM report.report r
                     JOIN report.report_refresh f USING (refresh_id)
                     ORDER BY r.position
                     """))
        {
            total += milliseconds;
            say(string.Create(CultureInfo.InvariantCulture, $"| {report} | {rows:N0} | {milliseconds:N0} |"));
        }

        say(string.Create(CultureInfo.InvariantCulture, $"| all | | {total:N0} |"));
    }

    private static async Task<(Latencies, int)> BuyAsync(
        Store store, List<long> customers, List<(long ProductId, decimal Price)> products, int perSecond, TimeSpan length)
    {
        var latencies = new ConcurrentBag<double>();
        var unanswered = 0;
        var calls = new List<Task>();
        var clock = Stopwatch.StartNew();
        for (var i = 0; clock.Elapsed < length; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / perSecond);
            if (due > clock.Elapsed)
                await Task.Delay(due - clock.Elapsed);
            var (productId, price) = products[Random.Shared.Next(products.Count)];
            var request = new PurchaseRequest(customers[Random.Shared.Next(customers.Count)], Guid.CreateVersion7(), DateTimeOffset.UtcNow.AddSeconds(-1), price,
                [new PurchaseRequestLine(productId, 1)]);
            calls.Add(Task.Run(async () =>
            {
                var reply = await store.PlacePurchaseAsync(request);
                latencies.Add((clock.Elapsed - due).TotalMilliseconds);
                if (reply.Outcome is not (PurchaseOutcome.Confirmed or PurchaseOutcome.OverLimit))
                    Interlocked.Increment(ref unanswered);
            }));
        }

        await Task.WhenAll(calls);
        return (new Latencies([.. latencies.Order()]), unanswered);
    }

    private static async Task<Latencies> ReadAsync(StoreDataSources dataSources, CancellationToken end)
    {
        var latencies = new List<double>();
        string[] reads =
        [
            "SELECT * FROM report.sales_by_day ORDER BY day DESC LIMIT 30",
            "SELECT product_id, sum(sold) FROM report.sales_by_product WHERE day > current_date - 30 GROUP BY product_id",
            "SELECT * FROM report.customer_spend WHERE customer_id BETWEEN 100 AND 150",
        ];
        for (var i = 0; !end.IsCancellationRequested; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await using (var connection = await dataSources.Reports.OpenConnectionAsync(CancellationToken.None))
                _ = await connection.QueryAsync(reads[i % reads.Length]);
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await Task.Delay(20, CancellationToken.None);
        }

        return new Latencies([.. latencies.Order()]);
    }

    private static string Row(int round, string refresh, Round measured) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {round} | {refresh} | {measured.Purchases.Sorted.Length} | {measured.Unanswered} | {measured.Purchases.At(.5):0.0} | {measured.Purchases.At(.99):0.0} | {measured.Purchases.At(1):0.0} | {measured.Readers.At(.99):0.0} | {measured.Readers.At(1):0.0} |");

    /// <summary>As a role that may have no login here, with the settings that a login of it would have.</summary>
    private string As(string role) => new NpgsqlConnectionStringBuilder(connectionString)
    {
        Options = $"-c role={role} -c default_transaction_isolation=serializable -c lock_timeout=2s -c statement_timeout=5s -c jit=off",
    }.ConnectionString;
}
