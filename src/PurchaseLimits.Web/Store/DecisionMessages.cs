namespace PurchaseLimits.Web;

public sealed record CancelReply
{
    public required CancelOutcome Outcome { get; init; }

    /// <summary>What the purchase is now.</summary>
    public string? Status { get; init; }
}

/// <summary>The answer to a customer who asks for approval.</summary>
public sealed record ApprovalReply
{
    public required ApprovalOutcome Outcome { get; init; }

    /// <summary>What the purchase is now.</summary>
    public string? Status { get; init; }

    /// <summary>Until when it waits for an admin.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <param name="CustomerId">Whose purchase.</param>
/// <param name="PurchaseId">Which.</param>
/// <param name="RaiseAtMost">US dollars: by how much the page said that it raises the limit.</param>
/// <param name="RaiseId">Key of the raise, made when the page was rendered.</param>
/// <param name="Reason">0 to 500 characters; the customer reads it.</param>
/// <param name="Actor">Who, as the ledger names them: <c>admin 3</c>.</param>
public sealed record ApproveRequest(
    long CustomerId, Guid PurchaseId, decimal RaiseAtMost, Guid RaiseId, string Reason, string Actor);

public sealed record ApproveReply
{
    public required ApproveOutcome Outcome { get; init; }

    /// <summary>What the purchase is now.</summary>
    public string? Status { get; init; }

    /// <summary>US dollars above the limit that this purchase needed; zero where it fits by now.</summary>
    public decimal? RaisedBy { get; init; }
}

public sealed record DeclineReply
{
    public required DeclineOutcome Outcome { get; init; }

    /// <summary>What the purchase is now.</summary>
    public string? Status { get; init; }
}

/// <summary>A refund of an amount, or of lines: exactly one of the two.</summary>
/// <param name="CustomerId">Whose purchase.</param>
/// <param name="PurchaseId">Which.</param>
/// <param name="RefundId">The idempotency key, made when the page was rendered.</param>
/// <param name="Amount">US dollars, above zero; null where lines come back.</param>
/// <param name="Lines">What comes back; empty where an amount is refunded.</param>
/// <param name="Reason">1 to 500 characters; the customer reads it.</param>
/// <param name="Actor">Who, as the ledger names them: <c>admin 3</c>.</param>
public sealed record RefundRequest(
    long CustomerId,
    Guid PurchaseId,
    Guid RefundId,
    decimal? Amount,
    IReadOnlyList<PurchaseRequestLine> Lines,
    string Reason,
    string Actor);

public sealed record RefundReply
{
    public required RefundOutcome Outcome { get; init; }

    /// <summary>What the purchase is now.</summary>
    public string? Status { get; init; }

    /// <summary>US dollars that this refund gave back.</summary>
    public decimal? RefundedAmount { get; init; }

    /// <summary>US dollars of it that may be bought for again.</summary>
    public decimal? Restored { get; init; }

    /// <summary>US dollars that may still be refunded of this purchase.</summary>
    public decimal? Refundable { get; init; }
}

internal sealed record ResumeReply(ResumeOutcome Outcome)
{
    // Dapper's.
    public ResumeReply() : this(default(ResumeOutcome))
    {
    }
}
