namespace PurchaseLimits.Web.Mails;

/// <summary>A row of <c>store.outbox_message</c> that is to be sent, or was.</summary>
public sealed record OutboxMessage
{
    public required long CustomerId { get; init; }

    /// <summary>With the customer what a message is known by, whatever becomes of it.</summary>
    public required string MessageKey { get; init; }

    /// <summary>The event's kind, or the account's: <c>password_reset</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The event that it tells of; null for a mail about the account.</summary>
    public required long? SequenceNumber { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Which attempt this is. Whoever claimed it shows it when saying how it went.</summary>
    public required long AttemptCount { get; init; }
}

/// <summary>Whom a mail is for.</summary>
public sealed record MailRecipient
{
    public required long UserId { get; init; }
    public required string Email { get; init; }
    public required string DisplayName { get; init; }
}

/// <summary>No attempt could send it: nowhere to send it to, nothing to say. The sentence is for admins.</summary>
public sealed class UnsendableMailException(string message) : Exception(message);
