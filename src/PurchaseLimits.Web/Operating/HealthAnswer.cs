using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PurchaseLimits.Web.Operating;

/// <summary>
/// The addresses below <c>/health</c>. Anybody may ask: they name nobody and hold no secret. They answer without TLS too, because
/// an orchestrator's probe speaks plain HTTP to the process itself; they take no cookie and give none.
/// </summary>
public static class HealthAnswer
{
    public const string Folder = "/health";

    /// <summary>The checks with this tag, at this address. 200 when healthy or degraded, else 503; never kept by anybody.</summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints, string path, string tag) =>
        endpoints.MapHealthChecks(path, new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(tag),
            ResponseWriter = WriteAsync,
        })
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
