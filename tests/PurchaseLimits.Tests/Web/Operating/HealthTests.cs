using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web.Operating;
using Xunit;

namespace PurchaseLimits.Tests.Web.Operating;

/// <summary><c>/health/live</c> and <c>/health/ready</c>, asked over HTTP and by the program itself.</summary>
public sealed class HealthTests(PostgresServer server) : StoreWebTest(server)
{
    private static readonly string[] s_healthy = ["process Healthy", "database Healthy", "schema Healthy", "keys Healthy"];

    protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Workers:Enabled"] = "false" };

    [Fact]
    public async Task It_lives_and_is_ready_and_nobody_may_keep_the_answer()
    {
        await AnswersAsync(Web, HttpStatusCode.OK);
        using var visitor = Web.NewShopper();
        foreach (var path in new[] { "/health/live", "/health/ready" })
        {
            var page = await visitor.GetAsync(path);
            Assert.Equal((HttpStatusCode.OK, "application/json"), (page.Status, page.Response.Content.Headers.ContentType!.MediaType));
            Assert.True(page.Response.Headers.CacheControl!.NoStore);
            Assert.False(page.Response.Headers.Contains("Set-Cookie"));
            Assert.Equal(HttpStatusCode.NotFound, (await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, path))).Status);
        }

        await AnswersAsync(Web, HttpStatusCode.OK, s_healthy);
    }

    [Fact]
    public async Task Without_a_database_it_lives_is_not_ready_and_says_no_more_than_what()
    {
        var direct = new NpgsqlConnectionStringBuilder(ConnectionString("store_web"));
        var wire = new TcpProxy(direct.Host!, direct.Port);
        await using var web = new WebStore(
            role => role == "store_web"
                ? new NpgsqlConnectionStringBuilder(ConnectionString(role)) { Host = "127.0.0.1", Port = wire.Port }.ConnectionString
                : ConnectionString(role),
            Settings);
        await wire.DisposeAsync();

        var ready = await AnswersAsync(web, HttpStatusCode.ServiceUnavailable,
            "process Healthy", "database Unhealthy: the database does not answer", "schema Unhealthy: the database does not answer", "keys Healthy");
        Assert.DoesNotContain("127.0.0.1", ready.Body, StringComparison.Ordinal);
        using var visitor = web.NewShopper();
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/health/live")).Status);
    }

    [Theory]
    [InlineData("DELETE FROM migration.applied_script WHERE script_name = 'migrations/0003_create_customers.sql'", "schema Unhealthy: the schema is not one that this version works on")]
    [InlineData("UPDATE migration.applied_script SET hash = 'x' WHERE script_name = 'migrations/0003_create_customers.sql'", "schema Unhealthy: the schema is not one that this version works on")]
    [InlineData("REVOKE SELECT ON migration.applied_script FROM store_web", "schema Unhealthy: the database refuses")]
    [InlineData("DELETE FROM account.data_protection_key", "keys Unhealthy: there are no keys")]
    [InlineData("REVOKE SELECT ON account.data_protection_key FROM store_admin", "keys Unhealthy: the database refuses")]
    public async Task It_is_not_ready_for_a_database_that_it_cannot_work_with(string change, string entry)
    {
        await ExecuteAsync(change);

        await AnswersAsync(Web, HttpStatusCode.ServiceUnavailable, [.. s_healthy.Select(healthy => healthy.Split(' ')[0] == entry.Split(' ')[0] ? entry : healthy)]);
    }

    [Fact]
    public async Task Where_somebody_cut_its_connections_it_asks_on_new_ones()
    {
        var dataSources = NewDataSources();
        await Eventually.TrueAsync(async () => (await AskAsync()).All(result => result.Status == HealthStatus.Healthy), "ready");
        const string Ours = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'purchase-limits ready%'";
        Assert.InRange(await ScalarAsync<long>($"SELECT count(pg_terminate_backend(pid)) {Ours}"), 2, 8);
        await UntilAsync($"SELECT NOT EXISTS (SELECT {Ours})");

        Assert.All(await AskAsync(), result => Assert.Equal((HealthStatus.Healthy, null), (result.Status, result.Description)));

        // New ones: what was found holds for a second.
        async Task<List<HealthCheckResult>> AskAsync()
        {
            var results = new List<HealthCheckResult>();
            foreach (var check in new ReadyCheck[] { new DatabaseCheck(dataSources), new KeysCheck(dataSources), new SchemaCheck(dataSources) })
                results.Add(await check.CheckHealthAsync(new HealthCheckContext(), Cancelled));
            return results;
        }
    }

    [Fact]
    public async Task A_newer_release_may_migrate_while_it_serves()
    {
        await ExecuteAsync(
            """
            INSERT INTO migration.applied_script (script_name, hash) VALUES ('migrations/9999_later.sql', 'x');
            UPDATE migration.applied_script SET hash = 'newer', release = release + 1 WHERE script_name = 'functions/place_purchase.sql'
            """);

        await AnswersAsync(Web, HttpStatusCode.OK);
        await ExecuteAsync("UPDATE migration.applied_script SET breaks_older_web = 'they write no colour' WHERE script_name = 'migrations/9999_later.sql'");
        await AnswersAsync(Web, HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task In_Production_a_probe_needs_no_TLS_and_everybody_else_does()
    {
        await using var production = new WebStore(ConnectionString, new Dictionary<string, string>(Settings) { ["environment"] = "Production" });
        using var visitor = production.NewShopper();

        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/health/live")).Status);
        await AnswersAsync(production, HttpStatusCode.OK);
        Assert.Equal("application/json", (await visitor.GetAsync("/health/ledger")).Response.Content.Headers.ContentType!.MediaType);
        foreach (var path in new[] { "/", "/healthy", "/sign-in" })
            Assert.Equal(HttpStatusCode.BadRequest, (await visitor.GetAsync(path)).Status);
    }

    [Fact]
    public async Task A_container_asks_with_the_program_itself()
    {
        await AnswersAsync(Web, HttpStatusCode.OK);
        Assert.Equal((0, "Ready."), await HealthyAsync(Web.Address));
        await ExecuteAsync("DELETE FROM account.data_protection_key");
        await AnswersAsync(Web, HttpStatusCode.ServiceUnavailable, [.. s_healthy[..3], "keys Unhealthy: there are no keys"]);
        Assert.Equal((1, "Not ready: keys (there are no keys)."), await HealthyAsync(Web.Address));
        var nowhere = new Uri($"http://127.0.0.1:{WebProcess.FreePort()}");
        Assert.Equal((1, $"Not ready: nothing answers at {nowhere} within 4 s."), await HealthyAsync(nowhere));
    }

    /// <summary>Asks until it is so: a first look, on cold connections of a busy machine, may take longer than the 2 s that it is given.</summary>
    private static async Task<Answer> AnswersAsync(WebStore web, HttpStatusCode code, params string[] entries)
    {
        Answer? answer = null;
        await Eventually.TrueAsync(
            async () => (answer = await AskAsync(web)).Code == code && (entries.Length == 0 || answer.Entries.SequenceEqual(entries)),
            $"{code} {string.Join(", ", entries)}");
        return answer!;
    }

    private sealed record Answer(HttpStatusCode Code, IReadOnlyList<string> Entries, string Body);

    private static async Task<Answer> AskAsync(WebStore web)
    {
        using var client = new HttpClient { BaseAddress = web.Address };
        using var response = await client.GetAsync("/health/ready", Cancelled);
        var body = await response.Content.ReadAsStringAsync(Cancelled);
        return new Answer(response.StatusCode,
            [.. JsonDocument.Parse(body).RootElement.GetProperty("entries").EnumerateObject().Select(entry =>
                $"{entry.Name} {entry.Value.GetProperty("status")}{(entry.Value.TryGetProperty("reason", out var reason) ? $": {reason}" : "")}")],
            body);
    }

    private static Task<(int, string)> HealthyAsync(Uri address) =>
        WebProcess.RunAsync(["healthy"], new Dictionary<string, string> { ["ASPNETCORE_URLS"] = address.ToString() });
}
