using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Mails;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Web;

/// <summary>
/// Sends what is in the outbox: claims one message after the other and sends a few at once, so that one that hangs holds up
/// no other. Any number of processes may run it; a claim is for one of them.
/// </summary>
public sealed class OutboxWorker(
    Outbox outbox,
    MailDelivery delivery,
    WorkSignals signals,
    IOptions<WorkerOptions> workers,
    IOptions<MailOptions> mails,
    IHostApplicationLifetime lifetime,
    ILogger<OutboxWorker> logger)
    : BackgroundService
{
    /// <summary>How long a message that is on its way may take to arrive once this process has to stop.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    private readonly FailureTrace _failures = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Without Mail:PublicUrl a mail's links begin with where this process listens, which it does once it has started; before
        // that a mail could not be written, and would be parked.
        var started = new TaskCompletionSource();
        await using var start = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);

        using var abandon = new CancellationTokenSource();
        await using var grace = stoppingToken.Register(() => abandon.CancelAfter(s_grace));
        var atOnce = mails.Value.MaxParallel;
        using var free = new SemaphoreSlim(atOnce);
        try
        {
            while (true)
            {
                await free.WaitAsync(stoppingToken);
                if (await ClaimOrNullAsync() is { } message)
                {
                    _ = SendAsync(message);
                    continue;
                }

                free.Release();
                if (free.CurrentCount == atOnce)
                    await delivery.RestAsync();
                await signals.Mails.WaitAsync(workers.Value.PollInterval, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            for (var sending = 0; sending < atOnce; sending++)
                await free.WaitAsync(CancellationToken.None);
            await delivery.RestAsync();
        }

        async Task SendAsync(OutboxMessage message)
        {
            using var round = StoreTraces.StartRound("send mail");
            try
            {
                await delivery.DeliverAsync(message, abandon.Token);
            }
            catch (OperationCanceledException) when (abandon.IsCancellationRequested)
            {
                logger.LogInformation("Mail {MessageKey} of customer {CustomerId} is left to another process", message.MessageKey, message.CustomerId);
            }
            catch (Exception exception)
            {
                // What became of it could not be written down; it is claimed again when its lease is over.
                logger.LogError(exception, "Mail {MessageKey} of customer {CustomerId} is left to its lease", message.MessageKey, message.CustomerId);
            }
            finally
            {
                free.Release();
            }
        }
    }

    /// <summary>
    /// Null when nothing is due, and when the database cannot be asked: it will be, after a while. No token: a claim that was
    /// cancelled may have committed, and then nobody would have the message until its lease is over.
    /// </summary>
    private async Task<OutboxMessage?> ClaimOrNullAsync()
    {
        try
        {
            var message = await outbox.ClaimOrNullAsync(mails.Value.Lease);
            _failures.Over();
            return message;
        }
        // Whatever it is, the store goes on; the next look tells whether it is over.
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogError(_failures.OrNull(exception), "The outbox cannot be read; looking again in {Wait}: {Error}", workers.Value.PollInterval, exception.Message);
            return null;
        }
    }
}
