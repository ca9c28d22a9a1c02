using Dapper;
using Npgsql;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Database;

/// <summary>The tool's process dies in the middle of a script, of each sort; and two deploys at once.</summary>
public sealed class KilledMigrationTests(PostgresServer server) : IAsyncLifetime
{
    // Each script of the set waits in its middle for a lock with its own number, which the test holds.
    private static readonly string[] s_set = ["migrations/0001_goods.sql", "migrations/0002_index_goods.sql", "migrations/0003_tags.sql", "functions/price.sql", "grants/store_web.sql"];

    private readonly TrialScripts _scripts = new();
    private string _database = "";
    private NpgsqlConnection _test = null!;

    private string ConnectionString => new NpgsqlConnectionStringBuilder(server.ConnectionString(_database)) { Pooling = false }.ConnectionString;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateEmptyAsync();
        _test = new NpgsqlConnection(ConnectionString);
        await _test.OpenAsync();
        _scripts.Write("migrations/0003_tags.sql", "CREATE TABLE store.tag (name text PRIMARY KEY);\nINSERT INTO store.tag SELECT 'tag ' || n FROM generate_series(1, 10) n;\n");
        foreach (var (name, number) in s_set.Select((name, position) => (name, position + 1)))
        {
            var text = _scripts.Read(name);
            // The one outside of a transaction is one statement: its middle is where it computes the index.
            _scripts.Write(name, name == "migrations/0002_index_goods.sql"
                ? text.Replace("(name)", "(store.slowly(name))", StringComparison.Ordinal)
                : text + $"SELECT pg_advisory_xact_lock_shared(4711, {number});\n" + (name == "migrations/0001_goods.sql"
                    ? """
                      CREATE FUNCTION store.slowly(name text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
                      'BEGIN PERFORM pg_advisory_xact_lock_shared(4711, 2); RETURN name; END';
                      INSERT INTO store.good SELECT n, 'good ' || n FROM generate_series(1, 10) n;
                      
                      """
                    : ""));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _test.DisposeAsync();
        _scripts.Dispose();
        await server.DropAsync(_database);
    }

    [Fact]
    public async Task Killed_in_the_middle_of_each_script_the_next_run_brings_it_to_its_end()
    {
        foreach (var number in Enumerable.Range(1, s_set.Length))
        {
            await _test.ExecuteAsync("SELECT pg_advisory_lock(4711, @number)", new { number });
            using (var killed = ToolProcess.Start(ConnectionString, "up", "--scripts", _scripts.Folder, "--lock-timeout", "1m"))
            {
                await UntilAsync($"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 4711 AND objid = {number} AND NOT granted)", killed);
                await killed.KillAsync();
            }

            // Its server processes notice by themselves, though their statement waits: nothing goes on that nobody asked for.
            await UntilAsync("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'purchase-limits%')");
            await _test.ExecuteAsync("SELECT pg_advisory_unlock(4711, @number)", new { number });
            Assert.Equal(s_set[..(number - 1)].Where(IsMigration).Order(), (await _test.QueryAsync<string>(
                "SELECT script_name FROM migration.applied_script WHERE script_name LIKE 'migrations/%' ORDER BY 1")));
            Assert.Equal(0, await _test.ExecuteScalarAsync<long>("SELECT count(*) FROM migration.applied_script WHERE script_name NOT LIKE 'migrations/%'"));
            if (number == 2)
                Assert.False(await _test.ExecuteScalarAsync<bool>("SELECT indisvalid FROM pg_index WHERE indexrelid = 'store.good_name_idx'::regclass"), "The index was to be left half built.");
        }

        var said = new List<string>();
        await new Migrator(ConnectionString, said.Add) { Scripts = Script.From(_scripts.Folder) }.UpAsync();
        var proof = await new Migrator(ConnectionString) { Scripts = Script.From(_scripts.Folder) }.VerifyAsync(compare: true);
        Assert.True(proof.Holds, string.Join('\n', proof.Broken.Concat(proof.Differences!.Select(difference => difference.Sentence))));
        Assert.Equal(10, await _test.ExecuteScalarAsync<long>("SELECT count(*) FROM store.tag"));
    }

    [Fact]
    public async Task Of_two_deploys_one_works_and_the_other_says_whom_it_waits_for()
    {
        await _test.ExecuteAsync("SELECT pg_advisory_lock(4711, 3)");
        using var first = ToolProcess.Start(ConnectionString, "up", "--scripts", _scripts.Folder, "--lock-timeout", "1m");
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 4711 AND objid = 3 AND NOT granted)", first);
        using var second = ToolProcess.Start(ConnectionString, "up", "--scripts", _scripts.Folder);
        using var impatient = ToolProcess.Start(ConnectionString, "up", "--scripts", _scripts.Folder, "--lock-wait", "100ms");

        var (gaveUp, gaveUpSaying) = await impatient.EndAsync();
        Assert.Equal(5, gaveUp);
        Assert.Contains("Another migration of this database is running: purchase-limits: up, migrations/0003_tags.sql, process ", gaveUpSaying, StringComparison.Ordinal);
        Assert.Contains("login postgres, from 127.0.0.1, since ", gaveUpSaying, StringComparison.Ordinal);
        Assert.False(second.HasExited);
        await _test.ExecuteAsync("SELECT pg_advisory_unlock(4711, 3)");

        var (worked, workedSaying) = await first.EndAsync();
        var (waited, waitedSaying) = await second.EndAsync();
        Assert.Equal((0, 0), (worked, waited));
        Assert.Contains("Done: 6 scripts ran.", workedSaying, StringComparison.Ordinal);
        Assert.Contains("Up to date: 6 scripts.", waitedSaying, StringComparison.Ordinal);
        Assert.DoesNotContain("scripts ran", waitedSaying, StringComparison.Ordinal);
        Assert.Equal(10, await _test.ExecuteScalarAsync<long>("SELECT count(*) FROM store.tag"));
    }

    [Fact]
    public async Task Who_is_stopped_while_waiting_runs_nothing_later()
    {
        await using var other = new NpgsqlConnection(ConnectionString);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await other.ExecuteAsync($"SELECT pg_advisory_lock({MigrationLock.Key})");
        using var waiting = ToolProcess.Start(ConnectionString, "up", "--scripts", _scripts.Folder);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'purchase-limits: session' AND query LIKE '%pg_try_advisory_lock%')", waiting);

        await waiting.InterruptAsync();

        Assert.NotEqual(0, (await waiting.EndAsync()).ExitCode);
        await other.ExecuteAsync($"SELECT pg_advisory_unlock({MigrationLock.Key})");
        Assert.False(await _test.ExecuteScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname IN ('store', 'migration'))"));
    }

    private static bool IsMigration(string name) => name.StartsWith("migrations/", StringComparison.Ordinal);

    private Task UntilAsync(string condition, ToolProcess? process = null) => Eventually.TrueAsync(async () =>
    {
        if (process is { HasExited: true })
            Assert.Fail($"It ended before it came to this: {(await process.EndAsync()).Said}");
        return await _test.ExecuteScalarAsync<bool>(condition);
    }, condition);
}
