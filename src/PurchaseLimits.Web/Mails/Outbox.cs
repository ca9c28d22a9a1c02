using Dapper;

namespace PurchaseLimits.Web.Mails;

/// <summary>The outbox as workers have it: the calls of <c>store_worker</c>.</summary>
public sealed class Outbox(StoreDataSources dataSources)
{
    /// <summary>The message that has been due longest, for nobody else until the lease is over; null when none is due.</summary>
    public async Task<OutboxMessage?> ClaimOrNullAsync(TimeSpan lease)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<OutboxMessage>(
            """
            SELECT customer_id, message_key, kind, sequence_number, created_at, attempt_count
            FROM store.claim_outbox_message(@lease)
            """,
            new { lease });
    }

    /// <summary>Only ever after the mail server took it.</summary>
    /// <returns>False when the lease ran out and somebody else has it.</returns>
    public async Task<bool> MarkSentAsync(OutboxMessage message)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        return await connection.QuerySingleAsync<bool>(
            "SELECT store.mark_outbox_message_sent(@CustomerId, @MessageKey, @AttemptCount)", message);
    }

    /// <param name="message">As it was claimed.</param>
    /// <param name="error">For admins.</param>
    /// <param name="retryAfter">When to try again.</param>
    /// <param name="park">Not to try again until an admin says so.</param>
    /// <returns>False when the lease ran out and somebody else has it.</returns>
    public async Task<bool> MarkFailedAsync(OutboxMessage message, string error, TimeSpan retryAfter, bool park)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        return await connection.QuerySingleAsync<bool>(
            "SELECT store.mark_outbox_message_failed(@CustomerId, @MessageKey, @AttemptCount, @error, @retryAfter, @park)",
            new { message.CustomerId, message.MessageKey, message.AttemptCount, error, retryAfter, park });
    }

    /// <summary>Where a customer's mails go; null where the customer has no account.</summary>
    public async Task<MailRecipient?> RecipientOrNullAsync(long customerId)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<MailRecipient>(
            """
            SELECT u.user_id, u.email, c.display_name
            FROM account.user u
            JOIN store.customer c USING (customer_id)
            WHERE u.customer_id = @customerId
            """,
            new { customerId });
    }

    /// <summary>What was sent last, newest first.</summary>
    public async Task<IReadOnlyList<OutboxMessage>> ReadSentAsync(int limit)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        return [.. await connection.QueryAsync<OutboxMessage>(
            $"{Select} WHERE sent_at IS NOT NULL ORDER BY sent_at DESC LIMIT @limit", new { limit })];
    }

    /// <summary>A message that was sent; null where there is none.</summary>
    public async Task<OutboxMessage?> SentOrNullAsync(long customerId, string messageKey)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<OutboxMessage>(
            $"{Select} WHERE customer_id = @customerId AND message_key = @messageKey AND sent_at IS NOT NULL",
            new { customerId, messageKey });
    }

    private const string Select =
        "SELECT customer_id, message_key, kind, sequence_number, created_at, attempt_count FROM store.outbox_message";
}
