using System.Text.Json;
using Dapper;
using Npgsql;
using PurchaseLimits.Database.Commands;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Database;

/// <summary>
/// Every command against a fresh, a current, a behind, an ahead, an edited and a drifted database: what it answers, with which exit
/// code, and that what only asks changes nothing. The scripts are a small set in a folder, which differs as a release differs from the next.
/// </summary>
public sealed class ToolTests(PostgresServer server) : IAsyncLifetime
{
    private readonly TrialScripts _scripts = new();
    private string _database = "";

    public async ValueTask InitializeAsync() => _database = await server.CreateEmptyAsync();

    public async ValueTask DisposeAsync()
    {
        _scripts.Dispose();
        await server.DropAsync(_database);
    }

    [Fact]
    public async Task A_fresh_database()
    {
        await AssertAsync("status", ExitCode.Behind, "Empty: 5 scripts to run.");
        await AssertAsync("verify", ExitCode.Behind, "Empty: 5 scripts to run.");
        await AssertAsync("wait --for soon", ExitCode.Failed, "is no time like");
        await AssertAsync("dry-run --lock-timeout 577h", ExitCode.Failed, "'577h' is longer than 576h.");
        await AssertAsync("wait --for 500ms", ExitCode.Behind, "Empty: 5 scripts to run.");
        await AssertAsync("wait --server", ExitCode.Done, "The server answers.");
        await AssertAsync("plan", ExitCode.Done, "-- 1 of 5: migrations/0001_goods.sql, in a transaction of its own\nCREATE SCHEMA store;");
        await AssertAsync("baseline", ExitCode.Drifted, "table store.good is missing");
        await AssertAsync("dry-run", ExitCode.Done, "5 scripts would run; nothing of it was kept.");
        await AssertAsync("status", ExitCode.Behind, "Empty: 5 scripts to run.");
        await AssertAsync("create-admin --email you@example.com --password long-enough-to-be-safe", ExitCode.Behind, "Bring it up to date: up.");
        await AssertAsync("up --roles-only", ExitCode.Done, "The roles are there.");
        await AssertAsync("status", ExitCode.Behind, "Empty: 5 scripts to run.");
        await AssertAsync("up", ExitCode.Done, "[5/5] grants/store_web.sql", "Up to date: 5 scripts.");
        await AssertAsync("status", ExitCode.Done, "Up to date: 5 scripts.");
    }

    [Fact]
    public async Task Of_the_real_schema_an_admin_can_be_made_and_verified_on_it_whatever_it_is_called()
    {
        var database = $"{_database}_made";
        var connection = server.ConnectionString(database);
        try
        {
            Assert.Equal(ExitCode.Failed, await ToolAsync("wait", "--server", "--for", "300ms"));
            Assert.All(await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => ToolAsync("up", "--create-database")))), code => Assert.Equal(ExitCode.Done, code));
            Assert.Equal(ExitCode.Done, await ToolAsync("create-admin", "--email", "you@example.com", "--password", "long enough to be safe"));
            Assert.Equal(ExitCode.Failed, await ToolAsync("create-admin", "--email", "you@example.com", "--password", "long enough to be safe"));
            Assert.Equal(ExitCode.Done, await ToolAsync("grant-right", "--email", "you@example.com", "--right", "no_limit"));
            Assert.Equal(ExitCode.Done, await ToolAsync("verify"));
            // Ahead and drifted: who may sign in is no matter of that.
            await ScalarAsync<object>(
                "INSERT INTO migration.applied_script (script_name, hash) VALUES ('migrations/9999_later.sql', 'x'); ALTER TABLE store.product ADD COLUMN by_hand int", connection);
            Assert.Equal(ExitCode.Refused, await ToolAsync("up"));
            Assert.Equal(ExitCode.Done, await ToolAsync("set-admin-password", "--email", "you@example.com", "--password", "another that is long enough"));
            Assert.Equal(ExitCode.Done, await ToolAsync("remove-second-factor", "--email", "you@example.com"));
            Assert.Equal(ExitCode.Failed, await ToolAsync("remove-second-factor", "--email", "nobody@example.com"));
        }
        finally
        {
            await server.DropAsync(database);
        }

        Task<int> ToolAsync(params string[] arguments) => Tool.RunAsync([.. arguments, "--connection", connection], TextWriter.Null, TextWriter.Null);
    }

    [Fact]
    public async Task A_current_one()
    {
        await AssertAsync("up", ExitCode.Done);
        var before = await JournalAsync();

        await AssertAsync("status", ExitCode.Done, "Up to date: 5 scripts.");
        await AssertAsync("plan", ExitCode.Done, "-- Nothing to run.");
        await AssertAsync("dry-run", ExitCode.Done, "Nothing to run.");
        await AssertAsync("up", ExitCode.Done, "Up to date: 5 scripts.");
        await AssertAsync("verify", ExitCode.Done, "Every object is what the scripts make.");
        await AssertAsync("verify --no-compare", ExitCode.Done, "objects were not compared");
        await AssertAsync("wait", ExitCode.Done, "Up to date: 5 scripts.");
        await AssertAsync("baseline", ExitCode.Refused, "5 scripts ran here already");
        Assert.Equal(before, await JournalAsync());
    }

    [Fact]
    public async Task One_that_is_behind()
    {
        await AssertAsync("up", ExitCode.Done);
        _scripts.Write("migrations/0003_tags.sql", "CREATE TABLE store.tag (name text PRIMARY KEY);\n");
        _scripts.Write("functions/price.sql", TrialScripts.Price.Replace("1.00", "2.00", StringComparison.Ordinal));
        var before = await JournalAsync();

        await AssertAsync("status", ExitCode.Behind, "3 scripts to run: migrations/0003_tags.sql, functions/price.sql, grants/store_web.sql.");
        await AssertAsync("verify", ExitCode.Behind, "3 scripts to run");
        await AssertAsync("wait --for 300ms", ExitCode.Behind, "3 scripts to run");
        await AssertAsync("plan --names", ExitCode.Done, "migrations/0003_tags.sql\nfunctions/price.sql\ngrants/store_web.sql");
        await AssertAsync("dry-run", ExitCode.Done, "3 scripts would run");
        await AssertAsync("baseline", ExitCode.Refused, "ran here already");
        Assert.Equal(before, await JournalAsync());
        await AssertAsync("up", ExitCode.Done, "Done: 3 scripts ran.");
        await AssertAsync("verify", ExitCode.Done, "Every object is what the scripts make.");
        Assert.Equal(2m, await ScalarAsync<decimal>("SELECT store.price()"));
    }

    [Fact]
    public async Task One_that_is_ahead()
    {
        _scripts.Write("migrations/0003_tags.sql", "-- breaks-older-web: it asks for tags\nCREATE TABLE store.tag (name text PRIMARY KEY);\n");
        await AssertAsync("up", ExitCode.Done);
        _scripts.Delete("migrations/0003_tags.sql");
        var before = await JournalAsync();

        foreach (var command in new[] { "status", "plan", "dry-run", "up", "verify", "wait --for 5m" })
            await AssertAsync(command, ExitCode.Refused, "The database is newer than this program, which does not work on it: migrations/0003_tags.sql: it asks for tags.");
        await AssertAsync("baseline", ExitCode.Refused, "ran here already");
        Assert.Equal(before, await JournalAsync());
    }

    [Fact]
    public async Task One_whose_functions_are_ahead_can_be_taken_back()
    {
        const string Ahead = "The database is of release 2, newer than this program, which is of release 1.";
        await UpAsync(release: 1, price: "1.00");
        await UpAsync(release: 2, price: "2.00");
        Write(release: 1, price: "1.00");

        foreach (var command in new[] { "status", "plan", "dry-run", "up", "verify" })
            await AssertAsync(command, ExitCode.Refused, Ahead);
        Assert.Equal(2m, await ScalarAsync<decimal>("SELECT store.price()"));
        // The web of the older release goes on meanwhile.
        await AssertAsync("wait", ExitCode.Done, Ahead);
        await AssertAsync("plan --back --names", ExitCode.Done, "functions/price.sql\ngrants/store_web.sql");
        await AssertAsync("up --back", ExitCode.Done, "Done: 2 scripts ran.");
        Assert.Equal(1m, await ScalarAsync<decimal>("SELECT store.price()"));
        await AssertAsync("verify", ExitCode.Done, "Every object is what the scripts make.");

        // Forward again, and a release that has the first text once more: whatever ran here before, the number counts.
        await UpAsync(release: 2, price: "2.00");
        await UpAsync(release: 3, price: "1.00");
        Assert.Equal(1m, await ScalarAsync<decimal>("SELECT store.price()"));

        async Task UpAsync(int release, string price)
        {
            Write(release, price);
            await AssertAsync("up", ExitCode.Done);
        }

        void Write(int release, string price)
        {
            _scripts.Write("release", $"{release}\n");
            _scripts.Write("functions/price.sql", TrialScripts.Price.Replace("1.00", price, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Webs_of_the_release_before_go_on_where_the_next_took_a_function_away_that_nobody_calls()
    {
        _scripts.Write("release", "1\n");
        await AssertAsync("up", ExitCode.Done);
        var list = _scripts.Read("functions/a_price_list.sql");
        _scripts.Delete("functions/a_price_list.sql");
        _scripts.Write("release", "2\n");
        _scripts.Write("migrations/0003_drop_price_list.sql", "DROP FUNCTION IF EXISTS store.a_price_list();\n");
        await AssertAsync("up", ExitCode.Done);
        await AssertAsync("verify", ExitCode.Done, "Every object is what the scripts make.");

        _scripts.Write("functions/a_price_list.sql", list);
        _scripts.Write("release", "1\n");
        _scripts.Delete("migrations/0003_drop_price_list.sql");
        await AssertAsync("wait", ExitCode.Done, "it has run migrations/0003_drop_price_list.sql");
        await AssertAsync("up", ExitCode.Refused, "it has run migrations/0003_drop_price_list.sql");
    }

    [Fact]
    public async Task What_is_built_on_a_concurrent_index_is_tried_out_too()
    {
        _scripts.Write("migrations/0003_index_names.sql", "-- no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS good_name_key ON store.good (name);\n");
        _scripts.Write("migrations/0004_constrain_names.sql", "ALTER TABLE store.good ADD CONSTRAINT good_name_key UNIQUE USING INDEX good_name_key;\n");
        await AssertAsync("dry-run", ExitCode.Done, "7 scripts would run; nothing of it was kept.");
        await AssertAsync("up", ExitCode.Done, "Done: 7 scripts ran.");
    }

    [Fact]
    public async Task One_whose_landed_migration_was_edited_or_would_run_out_of_turn()
    {
        await AssertAsync("up", ExitCode.Done);
        var goods = _scripts.Read("migrations/0001_goods.sql");
        _scripts.Write("migrations/0001_goods.sql", goods + "-- one word more\n");
        foreach (var command in new[] { "status", "plan", "dry-run", "up", "verify", "wait --for 5m" })
            await AssertAsync(command, ExitCode.Refused, "Edited after it ran here: migrations/0001_goods.sql.");

        _scripts.Write("migrations/0001_goods.sql", goods);
        _scripts.Write("migrations/0001_a_branch_s.sql", "SELECT 1;\n");
        foreach (var command in new[] { "status", "plan", "dry-run", "up", "verify", "wait --for 5m" })
            await AssertAsync(command, ExitCode.Refused, "Numbered below what ran here already: migrations/0001_a_branch_s.sql.");
    }

    [Fact]
    public async Task A_drifted_one()
    {
        await AssertAsync("up", ExitCode.Done);
        await ScalarAsync<object>(
            """
            ALTER TABLE store.good ADD COLUMN colour text;
            ALTER TABLE store.good DROP CONSTRAINT good_name_is_short;
            DROP INDEX store.good_name_idx;
            CREATE OR REPLACE FUNCTION store.price() RETURNS numeric LANGUAGE sql AS 'SELECT 3.00';
            GRANT DELETE ON store.good TO store_web;
            CREATE TABLE store.by_hand (i int)
            """);

        // Only what looks at the objects sees it.
        await AssertAsync("status", ExitCode.Done);
        await AssertAsync("wait", ExitCode.Done);
        await AssertAsync("up", ExitCode.Done, "Up to date: 5 scripts.");
        await AssertAsync("verify --no-compare", ExitCode.Drifted, "migrations/0001_goods.sql: It did not do what it is for (checks/0001_goods.sql): good_name_is_short is gone.");
        await AssertAsync("verify", ExitCode.Drifted,
            "column store.good.colour is there, and no script makes it",
            "constraint good_name_is_short of store.good is missing",
            "index store.good_name_idx is missing",
            "function store.price() is not what the scripts make",
            "  + store_web may delete",
            "table store.by_hand is there, and no script makes it");

        var answer = await JsonAsync("verify");
        Assert.Equal(ExitCode.Drifted, answer.GetProperty("exitCode").GetInt32());
        Assert.Contains(answer.GetProperty("differences").EnumerateArray(), difference => difference.GetProperty("name").GetString() == "index store.good_name_idx"
            && difference.GetProperty("found").ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public async Task One_that_was_filled_without_the_tool()
    {
        await AssertAsync("up", ExitCode.Done);
        await ScalarAsync<object>("DROP SCHEMA migration CASCADE");

        await AssertAsync("up", ExitCode.Failed, "migrations/0001_goods.sql failed and left nothing behind: 42P06");
        await AssertAsync("baseline --at 0009", ExitCode.Failed, "There is no migration 0009.");
        await ScalarAsync<object>("ALTER TABLE store.good ADD COLUMN colour text");
        await AssertAsync("baseline", ExitCode.Drifted, "column store.good.colour is there", "--accept-differences");
        await AssertAsync("status", ExitCode.Behind, "Empty: 5 scripts to run.");
        await ScalarAsync<object>("ALTER TABLE store.good DROP COLUMN colour");
        await AssertAsync("baseline", ExitCode.Done, "5 scripts count as run from now on.");
        await AssertAsync("verify", ExitCode.Done, "Every object is what the scripts make.");
    }

    [Fact]
    public async Task One_that_was_filled_up_to_a_migration()
    {
        await AssertAsync("up", ExitCode.Done);
        await ScalarAsync<object>("DROP SCHEMA migration CASCADE; DROP INDEX store.good_name_idx; DROP FUNCTION store.price");

        await AssertAsync("baseline --at 0001", ExitCode.Done, "1 scripts count as run from now on.");
        await AssertAsync("up", ExitCode.Done, "[4/4]");
        await AssertAsync("verify", ExitCode.Done, "Every object is what the scripts make.");
    }

    [Fact]
    public async Task A_program_reads_one_object_from_standard_output()
    {
        var up = await JsonAsync("up");
        Assert.Equal("up", up.GetProperty("command").GetString());
        Assert.Equal(0, up.GetProperty("exitCode").GetInt32());
        Assert.Equal(5, up.GetProperty("scripts").GetArrayLength());
        Assert.True(up.GetProperty("scripts")[0].GetProperty("milliseconds").GetDouble() > 0);

        _scripts.Write("functions/price.sql", TrialScripts.Price.Replace("1.00", "2.00", StringComparison.Ordinal));
        Assert.Equal("behind", (await JsonAsync("status")).GetProperty("state").GetString());
        var plan = await JsonAsync("plan");
        Assert.Contains("2.00", plan.GetProperty("scripts")[0].GetProperty("sql").GetString(), StringComparison.Ordinal);

        _scripts.Write("migrations/0003_wrong.sql", "SELECT 1 / 0;\n");
        var failed = await JsonAsync("up");
        Assert.Equal(ExitCode.Failed, failed.GetProperty("exitCode").GetInt32());
        Assert.Equal("migrations/0003_wrong.sql failed and left nothing behind: 22012: division by zero", failed.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Wrong_usage_and_a_server_that_does_not_answer_are_told_apart()
    {
        async Task AssertConnectionAsync(string? connection, int exitCode, string sentence)
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            Assert.Equal(exitCode, await Tool.RunAsync(connection is null ? ["status"] : ["status", "--connection", connection], output, error));
            Assert.Contains(sentence, error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        }

        await AssertConnectionAsync(null, ExitCode.Failed, "Which database?");
        await AssertConnectionAsync("Host=127.0.0.1;Pasword=hunter2", ExitCode.Failed, "holds a word that PostgreSQL connections do not know");
        // Quotes are missing around a password.
        await AssertConnectionAsync("Host=127.0.0.1;Database=x;Password=a;hunter2=b", ExitCode.Failed, "double quotes around a value that holds ; or =");
        await AssertConnectionAsync("Host=127.0.0.1;Database=x;Password=a;hunter2", ExitCode.Failed, "cannot be read");
        await AssertConnectionAsync("Host=127.0.0.1;Database=x;Port=hunter2", ExitCode.Failed, "holds a \"port\" that makes no sense");
        await AssertConnectionAsync("Host=127.0.0.1;Port=1;Database=x;Username=x;Password=hunter2", ExitCode.NoAnswer, "127.0.0.1:1");
        await AssertConnectionAsync(server.ConnectionString("no_such_database"), ExitCode.Failed, "3D000");
        await AssertConnectionAsync("Database=x;Password=hunter2", ExitCode.Failed, "must name a Host and a Database");
    }

    private async Task AssertAsync(string command, int exitCode, params string[] says)
    {
        var (code, output, error) = await RunAsync(command);
        Assert.True(code == exitCode, $"{command}: {code} and not {exitCode}\n{output}{error}");
        foreach (var sentence in says)
            Assert.Contains(sentence, output + error, StringComparison.Ordinal);
    }

    private async Task<JsonElement> JsonAsync(string command)
    {
        var (_, output, _) = await RunAsync($"{command} --json");
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(string command)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var exitCode = await Tool.RunAsync(
            [.. command.Split(' '), "--connection", server.ConnectionString(_database), "--scripts", _scripts.Folder], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }

    private async Task<T?> ScalarAsync<T>(string sql, string? connectionString = null)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString ?? server.ConnectionString(_database)) { Pooling = false }.ConnectionString);
        return await connection.ExecuteScalarAsync<T>(sql);
    }

    private Task<string?> JournalAsync() => ScalarAsync<string>("SELECT string_agg(s::text, ' ' ORDER BY s.script_name) FROM migration.applied_script s");
}
