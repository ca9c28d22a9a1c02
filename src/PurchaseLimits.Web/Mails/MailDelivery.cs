using Microsoft.Extensions.Options;
using Npgsql;

namespace PurchaseLimits.Web.Mails;

/// <summary>One attempt to send one claimed message, to the end: sent and marked, or failed and marked.</summary>
public sealed class MailDelivery(
    Outbox outbox, MailWriter writer, IMailTransport transport, IOptions<MailOptions> options, ILogger<MailDelivery> logger)
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromHours(1);

    /// <param name="message">As it was claimed.</param>
    /// <param name="abandon">Cancelled when the process has to go: the message is then left to its lease.</param>
    public async Task DeliverAsync(OutboxMessage message, CancellationToken abandon)
    {
        if (await FailureOrNullAsync(message, abandon) is not { } failure)
        {
            // The server has it, whatever happens from here on: nothing here is cancelled.
            await outbox.MarkSentAsync(message);
            return;
        }

        // Attempts stay counted when an admin sends a parked message again: it has as many as before then.
        var park = failure.IsFinal || message.AttemptCount % options.Value.MaxAttempts == 0;
        var pause = Pause((int)((message.AttemptCount - 1) % options.Value.MaxAttempts));
        await outbox.MarkFailedAsync(message, failure.Error, pause, park);
        // The error may hold an address; it is with the message, not in the log.
        logger.LogWarning("Mail {MessageKey} of customer {CustomerId} failed at attempt {Attempt}, parked: {Parked}",
            message.MessageKey, message.CustomerId, message.AttemptCount, park);
    }

    /// <summary>Null when the other side took the message. What only concerns the database, or the end of this process, is thrown.</summary>
    private async Task<MailFailure?> FailureOrNullAsync(OutboxMessage message, CancellationToken abandon)
    {
        try
        {
            var mime = await writer.WriteAsync(message);
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(abandon);
            timeout.CancelAfter(options.Value.SendTimeout);
            await transport.SendAsync(mime, timeout.Token);
            return null;
        }
        catch (Exception exception) when (exception is not NpgsqlException && !abandon.IsCancellationRequested)
        {
            if (MailFailure.OrNull(exception) is { } failure)
                return failure;

            // A mistake of ours. It must not keep the message coming back for ever, nor stop the others.
            logger.LogError(exception, "Mail {MessageKey} of customer {CustomerId} could not be written", message.MessageKey, message.CustomerId);
            return new MailFailure($"The store could not write it: {exception.GetType().Name}.", IsFinal: false);
        }
    }

    public Task RestAsync() => transport.RestAsync();

    /// <summary>Longer each time, and never the same for two: a server that comes back is not met by all at once.</summary>
    private TimeSpan Pause(int failuresBefore)
    {
        var pause = options.Value.FirstPause * Math.Pow(4, Math.Min(failuresBefore, 20));
        return (pause < s_longestPause ? pause : s_longestPause) * (0.75 + Random.Shared.NextDouble() / 2);
    }
}
