using System.Diagnostics;
using System.Globalization;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Benchmarks.Telemetry;

/// <summary>
/// What metrics and traces cost a purchase: rounds without, with metrics, and with metrics and traces, one after the other on the same
/// store. What is collected is encoded by nobody and sent nowhere. Processor time tells it best: on a shared machine the rest is noise.
/// </summary>
public sealed class TelemetryBenchmark(string connectionString, Action<string> say)
{
    private const int Buyers = 4;
    private const int Customers = 5000;

    private sealed record Mode(string Name, bool Metrics, bool Traces);

    private static readonly Mode[] s_modes = [new("none", false, false), new("metrics", true, false), new("metrics and traces", true, true)];

    /// <param name="rounds">Of each kind; the first of each is not counted.</param>
    /// <param name="length">Of a round.</param>
    public async Task RunAsync(int rounds, TimeSpan length)
    {
        await using var dataSources = new StoreDataSources(As("store_web"), As("store_admin"), As("store_worker"));
        await using var services = new ServiceCollection().AddMetrics().AddSingleton<StoreMetrics>().BuildServiceProvider();
        using var signals = new WorkSignals();
        using var store = new Store(
            dataSources, new CustomerGate(64), signals, services.GetRequiredService<StoreMetrics>(), NullLogger<Store>.Instance);

        await using var superuser = NpgsqlDataSource.Create(connectionString);
        await using var connection = await superuser.OpenConnectionAsync();
        var (productId, price) = await connection.QueryFirstAsync<(long, decimal)>("SELECT product_id, price FROM store.current_price ORDER BY price LIMIT 1");
        var customers = (await connection.QueryAsync<long>(
            "SELECT customer_id FROM store.customer_purchased_amount ORDER BY hashint8(customer_id) LIMIT @Customers", new { Customers })).AsList();

        var results = s_modes.ToDictionary(mode => mode, _ => new List<(double PerSecond, double Median, double Processor)>());
        for (var round = 0; round <= rounds; round++)
        {
            // Each round in another order: what comes first is not always the same.
            foreach (var mode in s_modes.Skip(round % s_modes.Length).Concat(s_modes.Take(round % s_modes.Length)))
            {
                var result = await RunRoundAsync(mode, store, customers, productId, price, await connection.QuerySingleAsync<DateTimeOffset>("SELECT store.clock()"), length);
                if (round > 0)
                    results[mode].Add(result);
            }
        }

        var baseline = Median(results[s_modes[0]].Select(result => result.Processor));
        foreach (var (mode, of) in results)
        {
            var processor = Median(of.Select(result => result.Processor));
            say(string.Create(CultureInfo.InvariantCulture,
                $"{mode.Name,-20} {Median(of.Select(result => result.PerSecond)),6:N0} purchases/s, median {Median(of.Select(result => result.Median)),6:N2} ms, {processor,6:N0} µs of this process's processor time a purchase, ratio {processor / baseline:N3}"));
        }
    }

    private static async Task<(double PerSecond, double Median, double Processor)> RunRoundAsync(
        Mode mode, Store store, List<long> customers, long productId, decimal price, DateTimeOffset pricedAt, TimeSpan length)
    {
        using var metrics = mode.Metrics
            ? Sdk.CreateMeterProviderBuilder().AddMeter(StoreMetrics.MeterName).AddNpgsqlInstrumentation()
                .AddReader(new PeriodicExportingMetricReader(new Nowhere<Metric>(), 1000)).Build()
            : null;
        using var traces = mode.Traces
            ? Sdk.CreateTracerProviderBuilder().AddSource("PurchaseLimits").AddNpgsql()
                .AddProcessor(new BatchActivityExportProcessor(new Nowhere<Activity>())).Build()
            : null;
        var times = new List<double>[Buyers];
        var processor = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Buyers).Select(buyer => Task.Run(async () =>
        {
            times[buyer] = [];
            for (var turn = buyer; Stopwatch.GetElapsedTime(started) < length; turn += Buyers)
            {
                var begun = Stopwatch.GetTimestamp();
                await store.PlacePurchaseAsync(new PurchaseRequest(
                    customers[turn % customers.Count], Guid.CreateVersion7(), pricedAt, price, [new PurchaseRequestLine(productId, 1)]));
                times[buyer].Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
        })));
        var all = times.SelectMany(time => time).ToList();
        return (all.Count / Stopwatch.GetElapsedTime(started).TotalSeconds, Median(all), (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / all.Count);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private string As(string role) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Options = $"-c role={role} -c default_transaction_isolation=serializable" }.ConnectionString;

    private sealed class Nowhere<T> : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch) => ExportResult.Success;
    }
}
