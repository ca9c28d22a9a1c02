namespace PurchaseLimits.Benchmarks.History;

/// <summary>
/// One event of the ledger with what was written beside it. Moments are microseconds since 1970, as PostgreSQL counts them;
/// amounts are cents.
/// </summary>
internal sealed record Happening
{
    public const string Registered = "customer_registered",
        Confirmed = "purchase_confirmed",
        Refused = "purchase_refused",
        PartlyRefunded = "purchase_partly_refunded",
        Refunded = "purchase_refunded",
        LimitChanged = "limit_changed";

    public required long CustomerId { get; init; }

    public required long SequenceNumber { get; init; }

    public required string Kind { get; init; }

    public required long OccurredAt { get; init; }

    public required string Actor { get; init; }

    public required string Reason { get; init; }

    public long Amount { get; init; }

    public required long AmountBefore { get; init; }

    public required long AmountAfter { get; init; }

    public long Restored { get; init; }

    public required long LimitBefore { get; init; }

    public required long Limit { get; init; }

    /// <summary>The purchase that it is about.</summary>
    public Order? Order { get; init; }

    /// <summary>Of a refund or a change of a limit.</summary>
    public Guid Key { get; init; }

    /// <summary>The lines that came back, of a refund of lines.</summary>
    public IReadOnlyList<OrderLine> Returned { get; init; } = [];

    public bool IsRefund => Kind is PartlyRefunded or Refunded;

    public bool IsPurchase => Kind is Confirmed or Refused;
}

/// <summary>What a customer asked for.</summary>
internal sealed record Order
{
    public required long Number { get; init; }

    public required Guid PurchaseId { get; init; }

    /// <summary>Of its first event.</summary>
    public required long SequenceNumber { get; init; }

    public required long PricedAt { get; init; }

    public required long PlacedAt { get; init; }

    public required long Total { get; init; }

    /// <summary>Product ids ascending, each once.</summary>
    public required OrderLine[] Lines { get; init; }
}

internal readonly record struct OrderLine(long ProductId, long Quantity, long UnitPrice, long PriceValidFrom);
