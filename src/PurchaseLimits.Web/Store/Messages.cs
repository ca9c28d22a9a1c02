namespace PurchaseLimits.Web;

/// <summary>What a checkout asks for. Amounts are US dollars.</summary>
/// <param name="CustomerId">Who buys.</param>
/// <param name="PurchaseId">The idempotency key: made once, when the checkout page was rendered.</param>
/// <param name="PricedAt">The moment whose prices the page showed, from the database's clock.</param>
/// <param name="ShownTotal">What the page said it costs; more is never charged.</param>
/// <param name="Lines">1 to 100 lines, each product once, in any order.</param>
public sealed record PurchaseRequest(
    long CustomerId,
    Guid PurchaseId,
    DateTimeOffset PricedAt,
    decimal ShownTotal,
    IReadOnlyList<PurchaseRequestLine> Lines);

/// <param name="ProductId">Which product.</param>
/// <param name="Quantity">How many: 1 to 99.</param>
/// <param name="AtMost">US dollars a unit, where the page showed no price and the customer said what it may cost; else null.</param>
public sealed record PurchaseRequestLine(long ProductId, int Quantity, decimal? AtMost = null);

/// <summary>The answer to a <see cref="PurchaseRequest"/>. What an outcome does not say is null.</summary>
public sealed record PurchaseReply
{
    public required PurchaseOutcome Outcome { get; init; }

    /// <summary><c>confirmed</c>, <c>processing</c> or <c>refused</c> where the purchase is recorded, else null.</summary>
    public string? Status { get; init; }

    /// <summary>What it costs now; for a recorded purchase what it cost then.</summary>
    public decimal? Total { get; init; }

    /// <summary>What may still be bought after this outcome, never below zero.</summary>
    public decimal? LeftAmount { get; init; }

    /// <summary>By how much the purchase would have passed the limit; zero when it fits.</summary>
    public decimal? OverBy { get; init; }

    /// <summary>The number of the event that decided it.</summary>
    public long? SequenceNumber { get; init; }

    /// <summary>The first product that cannot be had.</summary>
    public long? ProductId { get; init; }
}

/// <param name="ProductId">Which product.</param>
/// <param name="Price">US dollars a unit.</param>
/// <param name="ValidFrom">From when it holds, now or later; null: from now on.</param>
/// <param name="Actor">Who set it.</param>
public sealed record PriceRequest(long ProductId, decimal Price, DateTimeOffset? ValidFrom, string Actor);

public sealed record PriceReply
{
    public required PriceOutcome Outcome { get; init; }
    public DateTimeOffset? PriceValidFrom { get; init; }

    /// <summary><see cref="DateTimeOffset.MaxValue"/> where no later price is set.</summary>
    public DateTimeOffset? PriceValidTo { get; init; }
}

/// <summary>A new customer's account; the password is hashed already.</summary>
public sealed record AccountRequest(
    string Email,
    string NormalizedEmail,
    string PasswordHash,
    string SecurityStamp,
    string DisplayName);

public sealed record AccountReply
{
    public required AccountOutcome Outcome { get; init; }
    public long? UserId { get; init; }
    public long? CustomerId { get; init; }
}
