using System.Diagnostics;
using Dapper;
using Npgsql;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Database;

/// <summary>The README's steps for a backup and its way back, each as it stands there, onto another server.</summary>
/// <remarks>The programs of PostgreSQL 18 that tests run on have no pg_dump.</remarks>
[Trait("Server", "15")]
public sealed class BackupTests(PostgresServer server) : StoreTest(server)
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("purchase-limits-backup-");
    private LocalPostgres _other = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _other = await LocalPostgres.StartAsync(new() { Name = LocalPostgres.NameFor("backup", AppContext.BaseDirectory), Fresh = true }, Cancelled);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _other.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_backup_restored_on_another_server_keeps_every_rule_and_sells_on()
    {
        await AddProductsAsync(100, 20);
        await AddCustomersAsync(1, 20);
        var store = NewStore();
        foreach (var customer in Enumerable.Range(1, 20))
        {
            Assert.Equal(PurchaseOutcome.Confirmed, (await store.PlacePurchaseAsync(await RequestAsync(customer, 1, quantity: 4), Cancelled)).Outcome);
            await store.PlacePurchaseAsync(await RequestAsync(customer, 1, quantity: 1 + customer % 2), Cancelled);
        }

        await RefreshReportsAsync();
        const string Amounts = "SELECT customer_id, amount, last_sequence_number FROM store.customer_purchased_amount ORDER BY 1";
        var before = await QueryAsync<(long, decimal, long)>(Amounts);

        var steps = Steps();
        // The first is done where the store sells, the others on the new server.
        await RunAsync(steps[0].Replace(" purchase_limits", $" {Database}", StringComparison.Ordinal), Server.ConnectionString(Database));
        var restored = _other.ConnectionString("purchase_limits");
        var said = "";
        foreach (var step in steps[1..])
            said = await RunAsync(step, restored);

        Assert.Contains("(0 rows)", said, StringComparison.Ordinal);
        await using var connection = new NpgsqlConnection(restored);
        Assert.Equal(before, await connection.QueryAsync<(long, decimal, long)>(Amounts));
        string Role(string role) => _other.ConnectionString("purchase_limits", role);
        var there = NewStore(new StoreDataSources(Role("store_web"), Role("store_admin"), Role("store_worker")));
        var request = await RequestAsync(1, 1);
        Assert.Equal(PurchaseOutcome.OverLimit, (await there.PlacePurchaseAsync(request with { CustomerId = 2, PurchaseId = Guid.CreateVersion7() }, Cancelled)).Outcome);
        Assert.Equal(PurchaseOutcome.Confirmed, (await there.PlacePurchaseAsync(request with { PurchaseId = Guid.CreateVersion7() }, Cancelled)).Outcome);
        Assert.Empty(await connection.QueryAsync<string>("SELECT detail FROM store.integrity_violation"));

        // This server is nobody else's, so its roles may be what they should not.
        await connection.ExecuteAsync("GRANT store_owner TO store_web; ALTER ROLE store_admin SET statement_timeout = 0; ALTER ROLE store_worker CREATEROLE");
        Assert.Equal(
            [
                "store_admin has statement_timeout = 0, not 5s",
                "store_web may act as store_owner",
                "store_worker may be what no role of the store may be: superuser, or may make roles, or pass by row security",
            ], (await new Migrator(restored).VerifyAsync(compare: false)).Broken.Order(StringComparer.Ordinal));
    }

    /// <summary>The commands below the heading, without their remarks.</summary>
    private static List<string> Steps() =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "README.md"))
            .SkipWhile(line => line != "## Backup and restore").SkipWhile(line => line != "```").Skip(1).TakeWhile(line => line != "```")
            .Select(line => line.Split(" #")[0].Trim()),
    ];

    private Task<string> RunAsync(string step, string connectionString)
    {
        var tool = $"dotnet exec {typeof(Migrator).Assembly.Location}";
        var start = new ProcessStartInfo("sh", ["-c", step.Replace("dotnet run --project src/PurchaseLimits.Database --", tool, StringComparison.Ordinal)])
        {
            WorkingDirectory = _folder.FullName,
        };
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        start.Environment["PATH"] = $"{_other.BinDirectory}{Path.PathSeparator}{start.Environment["PATH"]}";
        start.Environment["PGHOST"] = settings.Host;
        start.Environment["PGPORT"] = $"{settings.Port}";
        start.Environment["PGUSER"] = settings.Username;
        start.Environment["PGPASSWORD"] = settings.Password;
        start.Environment["ConnectionStrings__Migrator"] = connectionString;
        foreach (var role in new[] { "WEB", "ADMIN", "WORKER" })
            start.Environment[$"STORE_{role}_PASSWORD"] = settings.Password;
        return Programs.SucceedAsync(start);
    }
}
