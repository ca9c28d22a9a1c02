using PurchaseLimits.Web.Operating;

namespace PurchaseLimits.Web;

public static class WorkerServices
{
    /// <summary>Background work, where the settings do not switch it off for this process.</summary>
    public static void AddWorkers(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<WorkerOptions>("Workers");
        services.AddSettings<IntegrityOptions>("Integrity");
        if (AreEnabled(configuration))
        {
            services.AddHostedService<PurchaseWorker>();
            services.AddHostedService<OutboxWorker>();
            services.AddHostedService<PriceImportWorker>();
            services.AddHostedService<LimitImportWorker>();
            services.AddSingleton<ReportRefresher>();
            services.AddHostedService<ReportWorker>();
            services.AddHostedService<ProofWorker>();
        }
    }

    /// <summary>Before the settings are checked: what is neither true nor false is taken for true, and said a moment later.</summary>
    public static bool AreEnabled(IConfiguration configuration) =>
        !bool.TryParse(configuration[$"Workers:{nameof(WorkerOptions.Enabled)}"], out var enabled) || enabled;
}
