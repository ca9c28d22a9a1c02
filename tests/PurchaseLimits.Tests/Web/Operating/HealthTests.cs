using System.Net;
using System.Text.Json;
using Npgsql;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Operating;

/// <summary><c>/health/live</c> and <c>/health/ready</c>, asked over HTTP and by the program itself.</summary>
public sealed class HealthTests(PostgresServer server) : StoreWebTest(server)
{
    protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Workers:Enabled"] = "false" };

    [Fact]
    public async Task It_lives_and_is_ready_and_nobody_may_keep_the_answer()
    {
        using var visitor = Web.NewShopper();
        foreach (var path in new[] { "/health/live", "/health/ready" })
        {
            var page = await visitor.GetAsync(path);
            Assert.Equal((HttpStatusCode.OK, "application/json"), (page.Status, page.Response.Content.Headers.ContentType!.MediaType));
            Assert.True(page.Response.Headers.CacheControl!.NoStore);
            Assert.False(page.Response.Headers.Contains("Set-Cookie"));
            Assert.Equal(HttpStatusCode.NotFound, (await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, path))).Status);
        }

        Assert.Equal(["process Healthy", "database Healthy", "schema Healthy", "keys Healthy"], (await AskAsync(Web)).Entries);
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

        var ready = await AskAsync(web);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Code);
        Assert.Equal(["process Healthy", "database Unhealthy: the database does not answer", "schema Unhealthy: the database does not answer", "keys Healthy"], ready.Entries);
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

        var ready = await AskAsync(Web);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Code);
        Assert.Equal([entry], ready.Entries.Where(text => !text.EndsWith("Healthy", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_newer_release_may_migrate_while_it_serves()
    {
        await ExecuteAsync(
            """
            INSERT INTO migration.applied_script (script_name, hash) VALUES ('migrations/9999_later.sql', 'x');
            UPDATE migration.applied_script SET hash = 'newer', earlier_hashes = ARRAY[hash] WHERE script_name = 'functions/place_purchase.sql'
            """);

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(Web)).Code);
        await ExecuteAsync("UPDATE migration.applied_script SET breaks_older_web = 'they write no colour' WHERE script_name = 'migrations/9999_later.sql'");
        await Eventually.TrueAsync(async () => (await AskAsync(Web)).Code == HttpStatusCode.ServiceUnavailable, "not ready");
    }

    [Fact]
    public async Task In_Production_a_probe_needs_no_TLS_and_everybody_else_does()
    {
        await using var production = new WebStore(ConnectionString, new Dictionary<string, string>(Settings) { ["environment"] = "Production" });
        using var visitor = production.NewShopper();

        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/health/live")).Status);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/health/ready")).Status);
        Assert.Equal("application/json", (await visitor.GetAsync("/health/ledger")).Response.Content.Headers.ContentType!.MediaType);
        foreach (var path in new[] { "/", "/healthy", "/sign-in" })
            Assert.Equal(HttpStatusCode.BadRequest, (await visitor.GetAsync(path)).Status);
    }

    [Fact]
    public async Task A_container_asks_with_the_program_itself()
    {
        Assert.Equal((0, "Ready."), await HealthyAsync(Web.Address));
        await ExecuteAsync("DELETE FROM account.data_protection_key");
        await Eventually.TrueAsync(async () => (await AskAsync(Web)).Code != HttpStatusCode.OK, "not ready");
        Assert.Equal((1, "Not ready: keys (there are no keys)."), await HealthyAsync(Web.Address));
        var nowhere = new Uri($"http://127.0.0.1:{WebProcess.FreePort()}");
        Assert.Equal((1, $"Not ready: nothing answers at {nowhere} within 4 s."), await HealthyAsync(nowhere));
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
