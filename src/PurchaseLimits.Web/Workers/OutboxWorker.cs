using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Web.Mails;

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
    ILogger<OutboxWorker> logger)
    : BackgroundService
{
    /// <summary>How long a message that is on its way may take to arrive once this process has to stop.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var abandon = new CancellationTokenSource();
        await using var grace = stoppingToken.Register(() => abandon.CancelAfter(s_grace));
        using var free = new SemaphoreSlim(mails.Value.MaxParallel);
        var sending = new ConcurrentDictionary<OutboxMessage, Task>();
        try
        {
            while (true)
            {
                await free.WaitAsync(stoppingToken);
                if (await ClaimOrNullAsync(stoppingToken) is { } message)
                {
                    sending[message] = SendAsync(message);
                    continue;
                }

                free.Release();
                if (sending.IsEmpty)
                    await delivery.RestAsync();
                await signals.Mails.WaitAsync(workers.Value.PollInterval, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(sending.Values);
            await delivery.RestAsync();
        }

        async Task SendAsync(OutboxMessage message)
        {
            await Task.Yield(); // until it is in the list that it is taken from below
            try
            {
                await delivery.DeliverAsync(message, abandon.Token);
            }
            catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
            {
                // What became of it could not be written down: it is claimed again when its lease is over.
                logger.LogWarning(exception, "Mail {MessageKey} of customer {CustomerId} is left to its lease", message.MessageKey, message.CustomerId);
            }
            finally
            {
                sending.TryRemove(message, out _);
                free.Release();
            }
        }
    }

    /// <summary>Null when nothing is due, and when the database cannot be asked: it will be, after a while.</summary>
    private async Task<OutboxMessage?> ClaimOrNullAsync(CancellationToken stop)
    {
        try
        {
            return await outbox.ClaimOrNullAsync(mails.Value.Lease, stop);
        }
        catch (NpgsqlException exception)
        {
            logger.LogWarning(exception, "The outbox cannot be read; looking again in {Wait}", workers.Value.PollInterval);
            return null;
        }
    }
}
