using PurchaseLimits.Web.Operating;

namespace PurchaseLimits.Web;

/// <summary>
/// <c>/health/ledger</c>: whether the books are in order, for whoever watches over the store. Anybody may ask: it says numbers and
/// names nobody. 200 when healthy or degraded, 503 when a rule is broken, a customer frozen or the database away.
/// </summary>
public static class LedgerHealth
{
    public const string Path = "/health/ledger";
    private const string Tag = "ledger";

    /// <summary>
    /// What it looks at. One check a line; each reads a few rows through <see cref="StoreDataSources.Health"/>, never a ledger.
    /// </summary>
    public static void AddLedgerHealth(this IServiceCollection services)
    {
        var longest = TimeSpan.FromSeconds(3);
        services.AddHealthChecks()
            .AddCheck<RulesCheck>("rules", tags: [Tag], timeout: longest)
            .AddCheck<FrozenCustomersCheck>("frozen_customers", tags: [Tag], timeout: longest)
            .AddCheck<OutboxCheck>("outbox", tags: [Tag], timeout: longest)
            .AddCheck<DeadlinesCheck>("deadlines", tags: [Tag], timeout: longest)
            .AddCheck<ReportsCheck>("reports", tags: [Tag], timeout: longest);
    }

    public static void MapLedgerHealth(this IEndpointRouteBuilder endpoints) => endpoints.MapHealth(Path, Tag);
}
