using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PurchaseLimits.Web;

/// <summary>
/// <c>/health/ledger</c>: whether the books are in order, for whoever watches over the store. Anybody may ask: it says numbers and
/// names nobody. 200 when healthy or degraded, 503 when a rule is broken, a customer frozen or the database away.
/// </summary>
public static class LedgerHealth
{
    public const string Path = "/health/ledger";

    /// <summary>
    /// What it looks at. One check a line; each reads a few rows through <see cref="StoreDataSources.Health"/>, never a ledger.
    /// </summary>
    public static void AddLedgerHealth(this IServiceCollection services)
    {
        var longest = TimeSpan.FromSeconds(3);
        services.AddHealthChecks()
            .AddCheck<RulesCheck>("rules", timeout: longest)
            .AddCheck<FrozenCustomersCheck>("frozen_customers", timeout: longest)
            .AddCheck<OutboxCheck>("outbox", timeout: longest)
            .AddCheck<DeadlinesCheck>("deadlines", timeout: longest)
            .AddCheck<ReportsCheck>("reports", timeout: longest);
    }

    public static void MapLedgerHealth(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapHealthChecks(Path, new HealthCheckOptions { ResponseWriter = WriteAsync })
            .WithMetadata(new HttpMethodMetadata(["GET", "HEAD"]))
            .AllowAnonymous();

    // No description of a failure and no exception: they name hosts and people. The log has them.
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(JsonSerializer.Serialize(new
        {
            status = report.Status.ToString(),
            entries = report.Entries.ToDictionary(
                entry => entry.Key,
                entry => new Dictionary<string, object>(entry.Value.Data) { ["status"] = entry.Value.Status.ToString() }),
        }));
    }
}
