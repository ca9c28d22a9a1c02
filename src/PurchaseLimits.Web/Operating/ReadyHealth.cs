namespace PurchaseLimits.Web.Operating;

/// <summary>
/// <c>/health/live</c>: the process answers; it looks at nothing, so that a database that is away starts no process again.
/// <c>/health/ready</c>: this process can serve customers now. Who sends it requests asks.
/// </summary>
public static class ReadyHealth
{
    public const string LivePath = "/health/live";
    public const string ReadyPath = "/health/ready";
    private const string Tag = "ready";

    public static void AddReadyHealth(this IServiceCollection services)
    {
        // What they found holds for a moment: one object each.
        services.AddSingleton<DatabaseCheck>();
        services.AddSingleton<SchemaCheck>();
        services.AddSingleton<KeysCheck>();
        services.AddHealthChecks()
            .AddCheck<ProcessCheck>("process", tags: [Tag])
            .AddCheck<DatabaseCheck>("database", tags: [Tag])
            .AddCheck<SchemaCheck>("schema", tags: [Tag])
            .AddCheck<KeysCheck>("keys", tags: [Tag]);
    }

    public static void MapReadyHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealth(LivePath, "live");
        endpoints.MapHealth(ReadyPath, Tag);
    }
}
