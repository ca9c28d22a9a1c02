using System.CommandLine;
using Npgsql;
using PurchaseLimits.Benchmarks.Compare;
using PurchaseLimits.Benchmarks.History;
using PurchaseLimits.Benchmarks.Refresh;
using PurchaseLimits.Benchmarks.Telemetry;
using PurchaseLimits.Database;

const int Succeeded = 0, Failed = 1;

var root = new RootCommand("Measures the store, and makes what is to be measured. Exit codes: 0 done, 1 failed or wrong usage.");

var connection = new Option<string>("--connection") { Required = true, Description = "A migrated database without data, and a login that may migrate it." };
var purchases = new Option<long>("--purchases") { Required = true, Description = "How many confirmed purchases." };
var customers = new Option<int>("--customers") { DefaultValueFactory = _ => 100_000, Description = "How many customers." };
var days = new Option<int>("--days") { DefaultValueFactory = _ => 1095, Description = "Over how many days of the store's zone, the last of which is today." };
var lastDay = new Option<long?>("--last-day") { Description = "How many of the purchases are of today; default: purchases / days." };
var seed = new Option<int?>("--seed") { Description = "The same seed tells the same story; default: a random one, which is printed." };
var history = new Command("history",
    """
    Fills an empty store with years of purchases, refusals, refunds and changes of limits that end now: as the store itself would have
    written them, and under all its constraints. One transaction; a failure leaves the database as it was.
    """) { connection, purchases, customers, days, lastDay, seed };
history.SetAction(result => RunAsync(async () =>
{
    var options = new HistoryOptions
    {
        Purchases = result.GetRequiredValue(purchases),
        Customers = result.GetRequiredValue(customers),
        Days = result.GetRequiredValue(days),
        LastDay = result.GetValue(lastDay) ?? result.GetRequiredValue(purchases) / Math.Max(result.GetRequiredValue(days), 1),
        Seed = result.GetValue(seed) ?? Random.Shared.Next(),
    };
    await new HistoryWriter(result.GetRequiredValue(connection), Console.WriteLine).FillAsync(options);
}));
root.Add(history);

var filled = new Option<string>("--connection") { Required = true, Description = "A superuser's, of a database that history filled." };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5, Description = "Pairs of rounds, without a refresh and with one." };
var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 15, Description = "How long a round is." };
var rate = new Option<int>("--rate") { DefaultValueFactory = _ => 100, Description = "Purchases a second." };
var refresh = new Command("refresh", "Measures a refresh of all reports, and what purchases and readers notice of it. It buys: take a copy of the database.")
{
    filled, rounds, seconds, rate,
};
refresh.SetAction(result => RunAsync(() => new RefreshBenchmark(result.GetRequiredValue(filled), Console.WriteLine)
    .RunAsync(result.GetRequiredValue(rounds), TimeSpan.FromSeconds(result.GetRequiredValue(seconds)), result.GetRequiredValue(rate))));
root.Add(refresh);

var telemetry = new Command("telemetry", "Measures what metrics and traces cost a purchase. It buys: take a copy of the database.") { filled, rounds, seconds };
telemetry.SetAction(result => RunAsync(() => new TelemetryBenchmark(result.GetRequiredValue(filled), Console.WriteLine)
    .RunAsync(result.GetRequiredValue(rounds), TimeSpan.FromSeconds(result.GetRequiredValue(seconds)))));
root.Add(telemetry);
root.Add(CompareCommand.Create(RunAsync));

return await root.Parse(args).InvokeAsync();

static async Task<int> RunAsync(Func<Task> action)
{
    try
    {
        await action();
        return Succeeded;
    }
    catch (Exception exception) when (exception is HistoryRefusedException or MigrationException or LocalPostgresException or WrongLedgerException or NpgsqlException or ArgumentException)
    {
        Console.Error.WriteLine(exception.Message);
        return Failed;
    }
}
