using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Telemetry;

/// <summary>A real process sends its traces to a collector: what a purchase did, and not whose it was.</summary>
public sealed class TracesTests(PostgresServer server) : StoreWebTest(server)
{
    // A number that nothing else has, so that it would be seen.
    private const long Customer = 9_753_124_680;

    protected override bool StartsWeb => false;

    [Fact]
    public async Task A_purchase_is_one_trace_that_names_nobody_and_idle_workers_leave_none()
    {
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(Customer, Customer);
        await AddAdminAsync();
        var collector = Own(await OtlpReceiver.StartAsync());
        var web = Own(new WebProcess(ConnectionString, new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=test",
            ["Workers:PollInterval"] = "00:00:00.05",
            ["Reports:RefreshEvery"] = "00:00:00",
        }));
        await web.StartAsync();
        using var shopper = new Shopper(web.Address);

        await shopper.SignInAsync($"customer{Customer}@example.com");
        await shopper.SubmitAsync(await shopper.GetAsync("/products/1"), "main form[method='post']", ("quantity", "1"));
        var bought = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), "main form[action='/checkout']");
        Assert.Equal(HttpStatusCode.SeeOther, bought.Status);
        var purchase = bought.Response.Headers.Location!.ToString();
        Assert.Equal(HttpStatusCode.OK, (await shopper.GetAsync($"{purchase}?from=a-secret-of-somebody")).Status);
        await shopper.GetAsync("/health/ledger");
        await shopper.GetAsync($"/nowhere/{Customer}");
        using var admin = new Shopper(web.Address);
        await admin.SignInAsync("admin@example.com");
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync($"/admin/customers/{Customer}")).Status);
        // The database's message about this names the customer.
        var breaker = new LedgerBreaker(Superuser);
        await breaker.BreakAsync("amount", Customer);
        await shopper.SubmitAsync(await shopper.GetAsync("/products/1"), "main form[method='post']", ("quantity", "1"));
        await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), "main form[action='/checkout']");
        await breaker.MendAsync(Customer);

        await Eventually.TrueAsync(
            () => Task.FromResult(collector.MetricRequests > 0 && collector.Spans.Any(span => span["purchase_limits.outcome"] == "frozen" && span.Name == "place_purchases")
                && collector.Spans.Any(span => span.Name == "send mail")),
            "the spans arrive");
        var spans = collector.Spans;

        var call = spans.First(span => span.Name == "place_purchases");
        Assert.Equal(("PurchaseLimits", "confirmed", "1"), (call.Scope, call["purchase_limits.outcome"], call["purchase_limits.tries"]));
        var request = spans.Single(span => span.Id == call.Parent);
        Assert.Equal(("POST checkout", "/checkout"), (request.Name.Replace("POST C", "POST c", StringComparison.Ordinal), request["url.path"]?.ToLowerInvariant()));
        var statement = Assert.Single(spans, span => span.Parent == call.Id);
        Assert.Contains("store.place_purchases(", statement["db.query.text"], StringComparison.Ordinal);
        Assert.Equal("purchase-limits", call.Resource["service.name"]);
        Assert.Equal("test", call.Resource["deployment.environment.name"]);
        Assert.All(["service.version", "service.instance.id"], (string name) => Assert.NotEmpty(call.Resource[name]));
        // A look that finds nothing is no span, nor are its statements.
        Assert.DoesNotContain(spans, span => span.Parent == "" && span.Scope == "Npgsql");
        Assert.DoesNotContain(spans, span => span["url.path"]?.StartsWith("/health", StringComparison.Ordinal) == true);
        Assert.Contains(spans, span => span["exception/exception.message"] == "SQLSTATE PL003");

        foreach (var secret in new[] { $"{Customer}", "example.com", purchase.Split('/')[^1], "a-secret", Password })
            Assert.DoesNotContain(spans, span => span.ToString().Contains(secret, StringComparison.Ordinal));
    }
}
