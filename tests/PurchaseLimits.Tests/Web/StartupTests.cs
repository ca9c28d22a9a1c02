using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web;

/// <summary>The store does not start on a promise that it could not keep.</summary>
public sealed class StartupTests(PostgresServer server) : StoreTest(server)
{
    [Fact]
    public async Task It_starts_where_all_is_as_it_should_be() =>
        await StartupCheck.RunAsync(NewDataSources());

    /// <summary>Some pools are small whatever it says; they had fewer connections at most than it asks for at least.</summary>
    [Fact]
    public async Task It_starts_where_many_connections_are_kept_ready()
    {
        string Kept(string role) => new NpgsqlConnectionStringBuilder(ConnectionString(role)) { MinPoolSize = 5 }.ConnectionString;
        await StartupCheck.RunAsync(Own(new StoreDataSources(Kept("store_web"), Kept("store_admin"), Kept("store_worker"))));
    }

    [Theory]
    [InlineData("-c synchronous_commit=off", "synchronous_commit is off")]
    [InlineData("-c default_transaction_isolation=repeatable\\ read", "default_transaction_isolation")]
    public async Task It_refuses_what_a_connection_overrides(string options, string sentence)
    {
        foreach (var broken in new[] { "store_web", "store_admin", "store_worker" })
        {
            await AssertRefusedAsync(
                role => role == broken
                    ? new NpgsqlConnectionStringBuilder(ConnectionString(role)) { Options = options }.ConnectionString
                    : ConnectionString(role),
                sentence);
        }
    }

    /// <summary>Each error would bring the statement's parameters along, and errors are logged: see <c>LogTests</c>.</summary>
    [Theory]
    [InlineData("100")]
    [InlineData("-1")]
    public async Task It_refuses_a_server_whose_errors_hold_peoples_data(string length)
    {
        await ExecuteAsync($"ALTER DATABASE {Database} SET log_parameter_max_length_on_error = {length}");
        await AssertRefusedAsync(ConnectionString, "log_parameter_max_length_on_error of ConnectionStrings:Store is ");
        foreach (var role in new[] { "store_web", "store_admin", "store_worker" })
            await ExecuteAsync($"ALTER ROLE {role} IN DATABASE {Database} SET log_parameter_max_length_on_error = 0");
        await It_starts_where_all_is_as_it_should_be();
    }

    [Fact]
    public async Task It_refuses_logins_that_may_do_more_or_less()
    {
        await AssertRefusedAsync(Instead("store_web", "postgres"), "ConnectionStrings:Store must log in as store_web");
        await AssertRefusedAsync(Instead("store_admin", "store_web"), "ConnectionStrings:Admin must log in as store_admin");
        await AssertRefusedAsync(Instead("store_worker", "store_admin"), "ConnectionStrings:Worker must log in as store_worker");

        Func<string, string> Instead(string of, string other) => role => ConnectionString(role == of ? other : role);
    }

    [Theory]
    [InlineData("Host", "nowhere.invalid", "the database cannot be reached. ")]
    [InlineData("Port", "1", "the database cannot be reached. ")]
    [InlineData("Password", "wrong", "the database refuses. 28P01")]
    public async Task It_says_whose_database_cannot_be_reached(string name, string value, string sentence)
    {
        foreach (var (broken, setting) in new[] { ("store_web", "Store"), ("store_admin", "Admin"), ("store_worker", "Worker") })
            await AssertRefusedAsync(role => role == broken ? Broken(role) : ConnectionString(role), $"ConnectionStrings:{setting}: {sentence}");

        // Nobody waits with buying until a replica is back; one that is there and refuses is a mistake.
        var start = StartupCheck.RunAsync(Own(new StoreDataSources(
            ConnectionString("store_web"), ConnectionString("store_admin"), ConnectionString("store_worker"), Broken("store_admin"))));
        if (name == "Password")
            Assert.Contains("ConnectionStrings:Reports: ", (await Assert.ThrowsAsync<StartupException>(() => start)).Message, StringComparison.Ordinal);
        else
            await start;

        string Broken(string role) => new NpgsqlConnectionStringBuilder(ConnectionString(role)) { [name] = value }.ConnectionString;
    }

    [Theory]
    [InlineData("DELETE FROM migration.applied_script WHERE script_name = 'functions/place_purchase.sql'", "functions/place_purchase.sql")]
    [InlineData("UPDATE migration.applied_script SET hash = 'x' WHERE script_name = 'migrations/0003_create_customers.sql'", "0003_create_customers.sql")]
    [InlineData("INSERT INTO migration.applied_script (script_name, hash, breaks_older_web) VALUES ('migrations/9999_later.sql', 'x', 'it moves the money')", "9999_later.sql: it moves the money")]
    [InlineData("DROP TABLE migration.applied_script", "scripts to run")]
    public async Task It_refuses_a_schema_that_it_was_not_built_with(string change, string sentence)
    {
        await ExecuteAsync(change);
        await AssertRefusedAsync(ConnectionString, sentence);
    }

    [Theory]
    [InlineData("INSERT INTO migration.applied_script (script_name, hash) VALUES ('migrations/9999_later.sql', 'x')")]
    [InlineData("UPDATE migration.applied_script SET hash = 'x', release = release + 1 WHERE script_name = 'functions/place_purchase.sql'")]
    [InlineData("UPDATE migration.applied_script SET release = release + 1; DELETE FROM migration.applied_script WHERE script_name = 'functions/price_at.sql'")]
    public async Task It_starts_on_a_newer_schema_that_does_not_say_otherwise(string change)
    {
        await ExecuteAsync(change);
        await It_starts_where_all_is_as_it_should_be();
    }

    private async Task AssertRefusedAsync(Func<string, string> connectionString, string sentence)
    {
        var refusal = await Assert.ThrowsAsync<StartupException>(() => StartupCheck.RunAsync(Own(new StoreDataSources(
            connectionString("store_web"), connectionString("store_admin"), connectionString("store_worker")))));
        Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
    }
}
