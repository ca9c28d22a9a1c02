namespace PurchaseLimits.Web;

public static class WorkerServices
{
    /// <summary>Background work, where the settings do not switch it off for this process.</summary>
    public static void AddWorkers(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WorkerOptions>().BindConfiguration("Workers").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<IntegrityOptions>().BindConfiguration("Integrity").ValidateDataAnnotations().ValidateOnStart();
        if ((configuration.GetSection("Workers").Get<WorkerOptions>() ?? new WorkerOptions()).Enabled)
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
}
