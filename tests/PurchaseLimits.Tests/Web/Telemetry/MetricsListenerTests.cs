using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Telemetry;

/// <summary>A real process and real HTTP: metrics at the internal port and nothing else there, and never at the store's.</summary>
public sealed class MetricsListenerTests(PostgresServer server) : StoreTest(server)
{
    [Theory]
    [InlineData("Development")]
    [InlineData("Production")] // HTTPS only, but for this port
    public async Task Metrics_are_at_the_internal_port_alone(string environment)
    {
        var port = WebProcess.FreePort();
        var web = Own(new WebProcess(ConnectionString, new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
            ["Workers:Enabled"] = "false",
            ["Mail:PublicUrl"] = "https://store.example",
            ["Mail:From"] = "The store <store@store.example>",
            ["Mail:SmtpHost"] = "mail.example",
            ["Telemetry:MetricsPort"] = $"{port}",
            ["Telemetry:ReadEvery"] = "00:00:00.2",
        }));
        await web.StartAsync();
        var inside = new Uri($"http://127.0.0.1:{port}");
        using var client = new HttpClient();

        // What the database holds comes with the first look at it.
        var text = "";
        await Eventually.TrueAsync(
            async () => (text = await client.GetStringAsync(new Uri(inside, "/metrics"), Cancelled)).Contains("purchase_limits_customers_frozen", StringComparison.Ordinal),
            "the gauges are there");
        foreach (var line in new[]
                 {
                     "purchase_limits_gate_waiting", "purchase_limits_outbox_messages{", "state=\"parked\"", "http_server_request_duration_seconds_bucket{",
                     "db_client_connection_count{", "dotnet_gc_collections_total", "service_name=\"purchase-limits\"",
                 })
        {
            Assert.Contains(line, text, StringComparison.Ordinal);
        }

        // What alerts watch is there before it happens: increase() does not see the first of what was absent.
        foreach (var outcome in new[] { "in_doubt", "failed", "frozen", "busy" })
        {
            foreach (var confirmation in new[] { "immediate", "deferred" })
                Assert.Equal("0", Value("purchase_limits_purchases_total", $"outcome=\"{outcome}\"", $"confirmation=\"{confirmation}\""));
        }

        foreach (var ending in new[] { "unresolved", "failed" })
            Assert.Equal("0", Value("purchase_limits_command_doubts_total", "command=\"place_purchases\"", $"ending=\"{ending}\""));

        // An old number would be a lie: it goes from the text as well.
        await ExecuteAsync("REVOKE SELECT (customer_id, released_at) ON store.customer_freeze FROM store_worker");
        await Eventually.TrueAsync(
            async () => !(text = await client.GetStringAsync(new Uri(inside, "/metrics"), Cancelled)).Contains("purchase_limits_customers_frozen", StringComparison.Ordinal),
            "what cannot be read is absent");
        Assert.DoesNotContain("purchase_limits_outbox_messages", text, StringComparison.Ordinal);
        Assert.Contains("purchase_limits_gate_waiting", text, StringComparison.Ordinal);
        // Whoever looks is no visitor of the store.
        Assert.DoesNotContain("/metrics", text, StringComparison.Ordinal);

        foreach (var path in new[] { "/", "/sign-in", "/health/ledger", "/metrics/", "/Metrics2", "/admin" })
        {
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(new Uri(inside, path)));
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(new Uri(inside, path), host: web.Address.Authority));
        }

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(new Uri(inside, "/metrics"), method: HttpMethod.Post));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(new Uri(inside, "/metrics"), host: "store.example"));

        var refused = environment == "Development" ? HttpStatusCode.NotFound : HttpStatusCode.BadRequest;
        Assert.Equal(refused, await StatusAsync(new Uri(web.Address, "/metrics")));
        Assert.Equal(refused, await StatusAsync(new Uri(web.Address, "/metrics"), host: inside.Authority));
        Assert.Equal(refused, await StatusAsync(new Uri(web.Address, "/metrics"), host: $"localhost:{port}"));

        string Value(string name, params string[] tags) => Assert.Single(text.Split('\n'),
            line => line.StartsWith($"{name}{{", StringComparison.Ordinal) && tags.All(tag => line.Contains(tag, StringComparison.Ordinal))).Split("} ")[1].Split(' ')[0];

        async Task<HttpStatusCode> StatusAsync(Uri address, string? host = null, HttpMethod? method = null)
        {
            using var request = new HttpRequestMessage(method ?? HttpMethod.Get, address);
            request.Headers.Host = host;
            using var response = await client.SendAsync(request, Cancelled);
            return response.StatusCode;
        }
    }
}
