using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web;

/// <summary>Looks from time to time which reports are due, by the schedule or because an admin asked, and has them refreshed.</summary>
public sealed class ReportWorker(ReportRefresher refresher, IOptions<WorkerOptions> options, ILogger<ReportWorker> logger)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        WorkRounds.RunAsync(
            options.Value.PollInterval, "Reports", logger, token => refresher.RefreshDueAsync(token), stoppingToken);
}
