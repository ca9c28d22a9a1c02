using Npgsql;
using PurchaseLimits.Database;
using Xunit;

namespace PurchaseLimits.Tests.Support;

/// <summary>
/// A <see cref="StoreTest"/> on a PostgreSQL of its own, which it may kill: data on disk, with fsync. What a killed process has
/// written the operating system still has; that a switched-off machine loses nothing either no test here can show.
/// </summary>
public abstract class DurableServerTest(PostgresServer server, string purpose) : StoreTest(server)
{
    private const string DatabaseName = "purchase_limits";
    private readonly string _name = LocalPostgres.NameFor(purpose, AppContext.BaseDirectory + ChosenPrograms.Choice);
    private LocalPostgres _local = null!;

    /// <summary>What its server is started with.</summary>
    protected virtual Dictionary<string, string> Settings => new() { ["max_connections"] = "200" };

    /// <summary>Where its data are.</summary>
    protected string Data => LocalPostgresFolder.Open(_name).Data;

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    protected override string ConnectionString(string role) => new NpgsqlConnectionStringBuilder(_local.ConnectionString(DatabaseName, role))
    {
        IncludeErrorDetail = true,
        // What a test looks at it with is never an old connection to a killed server.
        Pooling = role != "postgres",
    }.ConnectionString;

    protected override async Task<string> CreateDatabaseAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Kills with signals and reads /proc.");
        _local = await LocalPostgres.StartAsync(new() { Name = _name, Fresh = true, Settings = Settings }, Cancelled);
        await PrepareAsync();
        await using (var connection = new NpgsqlConnection(_local.ConnectionString()))
        {
            await connection.OpenAsync(Cancelled);
            await using var command = new NpgsqlCommand($"CREATE DATABASE {DatabaseName}", connection);
            await command.ExecuteNonQueryAsync(Cancelled);
        }

        await new Migrator(_local.ConnectionString(DatabaseName)).UpAsync(new Dictionary<string, string>
        {
            ["store_web"] = _local.Password,
            ["store_admin"] = _local.Password,
            ["store_worker"] = _local.Password,
        });
        return DatabaseName;
    }

    /// <summary>Before there is a database.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    protected override async Task DropDatabaseAsync()
    {
        await _local.DisposeAsync();
        Directory.Delete(LocalPostgresFolder.Open(_name).Path, recursive: true);
    }

    /// <summary>Stops the server, has something done to its data, and starts it again, on another port.</summary>
    protected async Task WhileStoppedAsync(Func<Task> change)
    {
        await _local.DisposeAsync();
        await change();
        _local = await LocalPostgres.StartAsync(new() { Name = _name, Settings = Settings }, Cancelled);
    }

    /// <summary>SIGKILL to a backend of the store, one at work where there is one: PostgreSQL ends all others then and recovers as after a crash.</summary>
    /// <param name="before">Done once it is known which, just before.</param>
    protected async Task KillBackendAsync(Action before)
    {
        int? backend = null;
        // After a kill there is none for a moment.
        await Eventually.TrueAsync(
            async () => (backend = await ScalarAsync<int?>(
                """
                SELECT pid
                FROM pg_stat_activity
                WHERE application_name LIKE 'purchase-limits %money'
                ORDER BY state = 'active' DESC, random()
                LIMIT 1
                """)) is not null,
            "the store has a backend");
        before();
        await KillAsync([backend!.Value]);
    }

    /// <summary>SIGKILL to every process of the server at once.</summary>
    protected async Task KillServerAsync()
    {
        var postmaster = PostmasterPidFile.Read(PidFile)!.ProcessId!.Value;
        await KillAsync([postmaster, .. ChildrenOf(postmaster).ToArray()]);
        await Eventually.TrueAsync(() => Task.FromResult(!PostmasterPidFile.Read(PidFile)!.IsItsProcessAlive()), "the server is dead");
    }

    /// <summary>Starts a server that was killed or gave up, on the port that it had.</summary>
    protected async Task StartAgainAsync()
    {
        // Without an init the dead one keeps its number, and PostgreSQL would take it for alive.
        File.Delete(PidFile);
        await Eventually.TrueAsync(
            async () => (await LocalPostgresAccount.RunServerProgramAsync(
                Path.Combine(_local.BinDirectory, "pg_ctl"), ["start", "-D", Data, "-l", Path.Combine(Data, "..", "server.log"), "-w", "-t", "60"],
                Data, Cancelled)).ExitCode == 0,
            "the server starts again");
    }

    /// <summary>Whether its postmaster runs.</summary>
    protected bool Runs => PostmasterPidFile.Read(PidFile)?.IsItsProcessAlive() == true;

    // Some end by themselves as soon as they miss the first.
    private static async Task KillAsync(IEnumerable<int> processes)
    {
        // 0 would be this process and all that it began with.
        Assert.All(processes, process => Assert.InRange(process, 2, int.MaxValue));
        await Programs.RunAsync(new("kill", ["-KILL", .. processes.Select(process => $"{process}")]));
    }

    private static IEnumerable<int> ChildrenOf(int parent)
    {
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(folder, "stat"));
            }
            catch (IOException)
            {
                continue; // it has ended
            }

            // pid (name) state ppid …: a name may hold anything, brackets too.
            if (stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == $"{parent}")
                yield return int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
