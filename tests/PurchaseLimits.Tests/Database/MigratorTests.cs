using Dapper;
using Npgsql;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Database;

public sealed class MigratorTests(PostgresServer server) : IAsyncLifetime
{
    private string _database = "";

    private string ConnectionString => server.ConnectionString(_database);

    public async ValueTask InitializeAsync() => _database = await server.CreateEmptyAsync();

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await server.DropAsync(_database);
    }

    [Fact]
    public async Task Migrating_twice_is_a_no_op()
    {
        Assert.False((await new Migrator(ConnectionString).StatusAsync()).IsCurrent);
        Assert.Equal(Script.Schema.Count, (await new Migrator(ConnectionString).UpAsync()).Count);
        var before = await JournalAsync();

        Assert.Empty(await new Migrator(ConnectionString).UpAsync());

        Assert.Equal(before, await JournalAsync());
        Assert.True((await new Migrator(ConnectionString).StatusAsync()).IsCurrent);
    }

    [Fact]
    public async Task Of_ten_at_once_one_works_and_all_succeed()
    {
        var ran = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => new Migrator(ConnectionString).UpAsync())));

        Assert.Equal(Script.Schema.Count, ran.Single(scripts => scripts.Count > 0).Count);
    }

    [Fact]
    public async Task An_edited_landed_script_is_refused_with_its_name()
    {
        Script[] landed = [new("migrations/0001_one.sql", "CREATE TABLE migration.one (x int);"), new("migrations/0002_two.sql", "CREATE TABLE migration.two (x int);")];
        await Of(landed).UpAsync();

        var error = await Assert.ThrowsAsync<MigrationRefusedException>(() =>
            Of([landed[0] with { Text = "CREATE TABLE migration.one (y int);" }, landed[1], new("migrations/0003_three.sql", "CREATE TABLE migration.three (x int);")]).UpAsync());

        Assert.Contains("migrations/0001_one.sql", error.Message, StringComparison.Ordinal);
        Assert.False(await ExistsAsync("three"));
    }

    [Fact]
    public async Task A_database_newer_than_the_program_is_refused_with_what_it_has_run()
    {
        Script[] landed = [new("migrations/0001_one.sql", "SELECT 1;"), new("migrations/0002_two.sql", "SELECT 1;")];
        await Of(landed).UpAsync();

        var error = await Assert.ThrowsAsync<MigrationRefusedException>(() => Of(landed[..1]).UpAsync());

        Assert.Contains("migrations/0002_two.sql", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_script_leaves_nothing_and_says_which_it_was()
    {
        var error = await Assert.ThrowsAsync<MigrationException>(() => Of([
            new("migrations/0001_one.sql", "CREATE TABLE migration.one (x int);"),
            new("migrations/0002_two.sql", "CREATE TABLE migration.two (x int); INSERT INTO migration.two VALUES (1 / 0);"),
            new("migrations/0003_three.sql", "CREATE TABLE migration.three (x int);"),
        ]).UpAsync());

        Assert.Contains("migrations/0002_two.sql", error.Message, StringComparison.Ordinal);
        Assert.True(await ExistsAsync("one"));
        Assert.False(await ExistsAsync("two"));
        Assert.False(await ExistsAsync("three"));
        Assert.Equal(["migrations/0001_one.sql"], (await JournalAsync()).Select(row => row.Name));
    }

    [Fact]
    public async Task A_replaceable_object_runs_again_when_its_text_changed_and_grants_follow()
    {
        Script[] scripts =
        [
            new("migrations/0001_one.sql", "CREATE TABLE migration.one (x int);"),
            new("functions/f.sql", "CREATE OR REPLACE FUNCTION migration.f() RETURNS int LANGUAGE sql AS $body$ SELECT 1 $body$;"),
            new("grants/store_web.sql", "GRANT SELECT ON migration.one TO store_web;"),
        ];
        await Of(scripts).UpAsync();
        scripts[1] = scripts[1] with { Text = "DROP FUNCTION migration.f(); CREATE FUNCTION migration.f() RETURNS text LANGUAGE sql AS $body$ SELECT '$variable$' $body$;" };

        Assert.Equal(["functions/f.sql", "grants/store_web.sql"], (await Of(scripts).UpAsync()).Select(run => run.Name));

        await using var connection = new NpgsqlConnection(ConnectionString);
        Assert.Equal("$variable$", await connection.ExecuteScalarAsync<string>("SELECT migration.f()"));
        Assert.Empty(await Of(scripts).UpAsync());
    }

    [Fact]
    public async Task Functions_views_and_grants_are_replaced_all_or_none()
    {
        Script[] scripts =
        [
            new("migrations/0001_one.sql", "CREATE TABLE migration.one (x int);"),
            new("functions/f.sql", "CREATE OR REPLACE FUNCTION migration.f() RETURNS int LANGUAGE sql AS $body$ SELECT 1 $body$;"),
            new("grants/store_web.sql", "GRANT EXECUTE ON FUNCTION migration.f() TO store_web;"),
        ];
        await Of(scripts).UpAsync();
        var before = await JournalAsync();
        scripts[1] = scripts[1] with { Text = "DROP FUNCTION migration.f(); CREATE FUNCTION migration.f() RETURNS text LANGUAGE sql AS $body$ SELECT 'text' $body$;" };
        scripts[2] = scripts[2] with { Text = "GRANT EXECUTE ON FUNCTION migration.g() TO store_web;" };

        var error = await Assert.ThrowsAsync<MigrationException>(() => Of(scripts).UpAsync());

        Assert.StartsWith("grants/store_web.sql failed and left nothing behind: 42883", error.Message, StringComparison.Ordinal);
        await using var connection = new NpgsqlConnection(ConnectionString);
        Assert.Equal("1", await connection.ExecuteScalarAsync<string>("SELECT migration.f()::text"));
        Assert.True(await connection.ExecuteScalarAsync<bool>("SELECT has_function_privilege('store_web', 'migration.f()', 'EXECUTE')"));
        Assert.Equal(before, await JournalAsync());
    }

    [Fact]
    public async Task What_needs_a_dropped_object_is_made_again_behind_it()
    {
        Script[] scripts =
        [
            new("migrations/0001_one.sql", "CREATE TABLE migration.one (x int);"),
            new("views/a.sql", "CREATE OR REPLACE VIEW migration.a AS SELECT * FROM migration.b;"),
            new("views/b.sql", "CREATE OR REPLACE VIEW migration.b AS SELECT 1 AS n;"),
            new("views/c.sql", "CREATE OR REPLACE VIEW migration.c AS SELECT 1 AS n;"),
        ];
        Assert.Equal(["migrations/0001_one.sql", "views/b.sql", "views/a.sql", "views/c.sql"], (await Of(scripts).UpAsync()).Select(run => run.Name));
        scripts[2] = scripts[2] with { Text = "DROP VIEW migration.b CASCADE;\nCREATE VIEW migration.b AS SELECT 'one' AS n;" };

        Assert.Equal(["views/b.sql", "views/a.sql"], (await Of(scripts).UpAsync()).Select(run => run.Name));
    }

    [Fact]
    public async Task A_check_that_finds_something_undoes_its_migration()
    {
        var error = await Assert.ThrowsAsync<MigrationException>(() => Of([
            new("migrations/0001_one.sql", "CREATE TABLE migration.one (x int);"),
            new("checks/0001_one.sql", "SELECT 'one has no row' WHERE NOT EXISTS (SELECT FROM migration.one)"),
        ]).UpAsync());

        Assert.EndsWith("It did not do what it is for (checks/0001_one.sql): one has no row.", error.Message, StringComparison.Ordinal);
        Assert.False(await ExistsAsync("one"));
    }

    [Fact]
    public async Task A_script_that_does_not_get_its_lock_is_undone_and_tried_again()
    {
        Script[] scripts = [new("migrations/0001_one.sql", "CREATE TABLE migration.one (x int);"), new("migrations/0002_two.sql", "CREATE TABLE migration.two (x int); ALTER TABLE migration.one ADD COLUMN y int;")];
        await Of(scripts[..1]).UpAsync();
        await using var reader = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        await reader.OpenAsync(TestContext.Current.CancellationToken);
        var reading = await reader.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await reader.ExecuteAsync("SELECT * FROM migration.one");
        var said = new System.Collections.Concurrent.ConcurrentQueue<string>();

        var gaveUp = await Assert.ThrowsAsync<MigrationException>(() => Eager(LockTries: 2).UpAsync());
        Assert.StartsWith("migrations/0002_two.sql failed and left nothing behind: 55P03", gaveUp.Message, StringComparison.Ordinal);
        Assert.False(await ExistsAsync("two"));

        var run = Eager(LockTries: 100).UpAsync();
        await Eventually.TrueAsync(() => Task.FromResult(said.Any(line => line.Contains("try 2 of 100", StringComparison.Ordinal))), "it is tried again");
        await reading.RollbackAsync(TestContext.Current.CancellationToken);
        Assert.Single(await run);
        Assert.True(await ExistsAsync("two"));

        Migrator Eager(int LockTries) => new(ConnectionString, said.Enqueue) { Scripts = ScriptOrder.Of(scripts), LockTimeout = TimeSpan.FromMilliseconds(50), LockTries = LockTries };
    }

    [Fact]
    public async Task A_script_whose_COMMIT_fails_did_not_run()
    {
        Script[] scripts =
        [
            new("migrations/0001_one.sql", "CREATE TABLE migration.p (p int PRIMARY KEY); INSERT INTO migration.p VALUES (1); CREATE TABLE migration.one (p int REFERENCES migration.p DEFERRABLE INITIALLY DEFERRED);"),
            new("migrations/0002_two.sql", "INSERT INTO migration.one VALUES (1);"),
        ];
        await Of(scripts[..1]).UpAsync();
        await using var other = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        var locking = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await other.ExecuteAsync("SELECT * FROM migration.p FOR UPDATE");
        var said = new System.Collections.Concurrent.ConcurrentQueue<string>();

        var run = new Migrator(ConnectionString, said.Enqueue) { Scripts = scripts, LockTimeout = TimeSpan.FromMilliseconds(50), LockTries = 100 }.UpAsync();
        await Eventually.TrueAsync(() => Task.FromResult(said.Any(line => line.Contains("try 2 of 100", StringComparison.Ordinal))), "it is tried again");
        await locking.RollbackAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["migrations/0002_two.sql"], (await run).Select(script => script.Name));
        Assert.Equal(1, await other.ExecuteScalarAsync<long>("SELECT count(*) FROM migration.one"));
    }

    [Fact]
    public async Task A_script_whose_file_is_gone_is_reported_until_what_it_made_is_gone_too()
    {
        Script[] scripts =
        [
            new("migrations/0001_one.sql", "CREATE TABLE migration.one (x int);"),
            new("functions/f.sql", "CREATE OR REPLACE FUNCTION migration.f() RETURNS int LANGUAGE sql AS $body$ SELECT 1 $body$;"),
        ];
        await Of(scripts).UpAsync();

        var status = await Of(scripts[..1]).StatusAsync();
        Assert.True(status.IsCurrent);
        Assert.Equal(["functions/f.sql ran here and has no file any more; function migration.f is still there. Drop it in a migration."], status.OrphanSentences);

        await Of([scripts[0], new("migrations/0002_drop_f.sql", "DROP FUNCTION migration.f();")]).UpAsync();
        Assert.Equal(["migrations/0001_one.sql", "migrations/0002_drop_f.sql"], (await JournalAsync()).Select(row => row.Name));
    }

    [Fact]
    public async Task Once_a_superuser_migrated_store_migrator_does()
    {
        const string Password = "of this test's own";
        Script[] scripts = [new("migrations/0001_one.sql", "CREATE TABLE migration.one (x int);"), new("migrations/0002_two.sql", "CREATE TABLE migration.two (x int);")];
        await Of(scripts[..1]).UpAsync(new Dictionary<string, string> { ["store_migrator"] = Password });
        var login = new NpgsqlConnectionStringBuilder(ConnectionString) { Username = "store_migrator", Password = Password, Pooling = false }.ConnectionString;

        Assert.Single(await new Migrator(login) { Scripts = scripts }.UpAsync());
        Assert.True((await new Migrator(login) { Scripts = scripts }.VerifyAsync(compare: true)).Holds);

        await using var connection = new NpgsqlConnection(ConnectionString);
        Assert.Equal("store_owner", await connection.ExecuteScalarAsync<string>("SELECT tableowner FROM pg_tables WHERE tablename = 'two'"));
        Assert.False(await connection.ExecuteScalarAsync<bool>("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'store_owner'"));
    }

    [Fact]
    public async Task Roles_log_in_with_the_passwords_given_and_no_log_needs_to_know_them()
    {
        await new Migrator(ConnectionString).UpAsync();
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        var verifier = await (await source.OpenConnectionAsync(TestContext.Current.CancellationToken))
            .ExecuteScalarAsync<string>("SELECT rolpassword FROM pg_authid WHERE rolname = 'store_worker'");

        // The server accepts the verifier that we computed: every other test logs in with one.
        Assert.StartsWith("SCRAM-SHA-256$4096:", verifier, StringComparison.Ordinal);
        await Assert.ThrowsAsync<MigrationException>(() =>
            new Migrator(ConnectionString).UpAsync(new Dictionary<string, string> { ["store_worker"] = "pässword" }));
    }

    [Fact]
    public async Task The_database_s_owner_with_CREATEROLE_is_enough()
    {
        var login = $"{_database}_migrator";
        await using (var superuser = new NpgsqlConnection(ConnectionString))
        {
            await superuser.ExecuteAsync($"CREATE ROLE {login} LOGIN CREATEROLE PASSWORD 'of this test'; ALTER DATABASE {_database} OWNER TO {login}");
            // As on a server of its own, where this login made the roles itself.
            await superuser.ExecuteAsync($"GRANT store_owner, store_web, store_admin, store_worker TO {login} WITH ADMIN OPTION");
        }

        try
        {
            var connectionString = new NpgsqlConnectionStringBuilder(ConnectionString) { Username = login, Password = "of this test" }.ConnectionString;
            Assert.Equal(Script.Schema.Count, (await new Migrator(connectionString).UpAsync()).Count);
            Assert.Empty(await new Migrator(connectionString).UpAsync());
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            Assert.True(await AdminAccount.CreateAsync(connection, "admin@example.com", "long enough to be safe") > 0);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await using var superuser = new NpgsqlConnection(ConnectionString);
            await superuser.ExecuteAsync($"ALTER DATABASE {_database} OWNER TO postgres; REVOKE store_owner, store_web, store_admin, store_worker FROM {login}; DROP OWNED BY {login}; DROP ROLE {login}");
        }
    }

    [Fact]
    public async Task Waiting_for_another_run_ends_and_says_whom_it_waited_for()
    {
        await using var other = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, ApplicationName = "the other run" }.ConnectionString);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await other.ExecuteAsync($"SELECT pg_advisory_lock({MigrationLock.Key})");

        var error = await Assert.ThrowsAsync<MigrationLockedException>(() => new Migrator(ConnectionString) { LongestWait = TimeSpan.FromSeconds(1) }.UpAsync());

        Assert.Contains("the other run", error.Message, StringComparison.Ordinal);
    }

    private Migrator Of(IReadOnlyList<Script> scripts) => new(ConnectionString) { Scripts = ScriptOrder.Of(scripts) };

    private async Task<bool> ExistsAsync(string table)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        return await connection.ExecuteScalarAsync<bool>("SELECT to_regclass('migration.' || @table) IS NOT NULL", new { table });
    }

    private async Task<IReadOnlyList<(string Name, DateTime AppliedAt)>> JournalAsync()
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        return [.. await connection.QueryAsync<(string, DateTime)>("SELECT script_name, applied_at FROM migration.applied_script ORDER BY 1")];
    }
}
