using Npgsql;

namespace PurchaseLimits.Web;

/// <summary>What workers that look for work from time to time have in common.</summary>
public static class WorkRounds
{
    /// <summary>Looks again and again until the process stops.</summary>
    /// <param name="pause">From one look to the next.</param>
    /// <param name="work">What waits where a look fails, for the log.</param>
    /// <param name="logger">The worker's.</param>
    /// <param name="look">Does what there is to do.</param>
    /// <param name="stoppingToken">The process stops.</param>
    public static async Task RunAsync(
        TimeSpan pause, string work, ILogger logger, Func<CancellationToken, Task> look, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(pause);
        var failures = new FailureTrace();
        try
        {
            do
            {
                try
                {
                    await look(stoppingToken);
                    failures.Over();
                }
                catch (NpgsqlException exception) when (!stoppingToken.IsCancellationRequested)
                {
                    // The database is away or busy, most often; what waits is there after the pause.
                    var isAnswer = RetryPolicy.Classify(exception, sent: true) == Failure.Answer;
                    logger.Log(isAnswer ? LogLevel.Error : LogLevel.Warning, failures.OrNull(exception), "{Work} wait: {Error}", work, exception.Message);
                }
                catch (Exception exception) when (exception is not OperationCanceledException && !stoppingToken.IsCancellationRequested)
                {
                    // A mistake of ours in the background. Left alone it would end the process, and with it people's purchases.
                    logger.LogCritical(failures.OrNull(exception), "{Work} failed: {Error}", work, exception.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (Exception exception) when (stoppingToken.IsCancellationRequested
            && exception is OperationCanceledException or NpgsqlException or ObjectDisposedException)
        {
            logger.LogDebug(exception, "{Work} stop with their process", work);
        }
    }
}
