using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>One purchase as it is now, for admins, with all that happened to it. Amounts are US dollars.</summary>
public sealed record AdminPurchaseReading
{
    public long CustomerId { get; init; }
    public Guid PurchaseId { get; init; }

    /// <summary>The purchase number for people.</summary>
    public long PurchaseNumber { get; init; }

    public string Status { get; init; } = "";

    /// <summary>Asked for while the store defers confirmation; no worker has decided it yet.</summary>
    public bool IsUndecided { get; init; }

    public decimal Total { get; init; }
    public decimal Refunded { get; init; }
    public decimal Held { get; init; }
    public DateTimeOffset PricedAt { get; init; }
    public DateTimeOffset PlacedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public bool IsPastDeadline { get; init; }

    /// <summary>The store's setting at this moment: whether what is refunded may be bought for again.</summary>
    public bool RefundRestoresAllowance { get; init; }

    public IReadOnlyList<Line> Lines { get; private init; } = [];
    public IReadOnlyList<Refund> Refunds { get; private init; } = [];
    public IReadOnlyList<Happening> Events { get; private init; } = [];

    /// <summary>US dollars that may still be refunded.</summary>
    public decimal Refundable => Status is "confirmed" or "partly_refunded" ? Total - Refunded : 0;

    /// <summary>Lines that wait for a price.</summary>
    public IEnumerable<Line> Awaited => Lines.Where(line => line.IsAwaited);

    /// <summary>A worker can decide it now: there is nothing left to wait for.</summary>
    public bool IsDue => IsUndecided || IsPastDeadline || (Status == "processing" && !Awaited.Any());

    public sealed record Line
    {
        public long ProductId { get; init; }
        public string Name { get; init; } = "";
        public long Quantity { get; init; }

        /// <summary>What a unit was priced at; null where it waits for a price or for a worker.</summary>
        public decimal? UnitPrice { get; init; }

        /// <summary>The customer's own "at most" a unit, where the page showed no price.</summary>
        public decimal? AtMost { get; init; }

        /// <summary>Its price is missing still, and may come.</summary>
        public bool IsAwaited { get; init; }

        public long RefundedQuantity { get; init; }

        public long LeftQuantity => Quantity - RefundedQuantity;
    }

    public sealed record Refund
    {
        public Guid RefundId { get; init; }
        public decimal Amount { get; init; }
        public decimal Restored { get; init; }
        public long SequenceNumber { get; init; }
        public string Actor { get; init; } = "";
        public string Reason { get; init; } = "";
        public DateTimeOffset OccurredAt { get; init; }

        /// <summary>2 × Mug, 1 × Kettle; null where it was of an amount.</summary>
        public string? Items { get; init; }
    }

    public sealed record Happening
    {
        public long SequenceNumber { get; init; }
        public string Kind { get; init; } = "";
        public string? PreviousKind { get; init; }
        public decimal Amount { get; init; }
        public decimal Hold { get; init; }
        public decimal Restored { get; init; }
        public decimal AmountAfter { get; init; }
        public decimal HeldAfter { get; init; }
        public decimal LimitAtTime { get; init; }
        public string Actor { get; init; } = "";
        public string Reason { get; init; } = "";
        public DateTimeOffset? ExpiresAt { get; init; }
        public DateTimeOffset OccurredAt { get; init; }
    }

    /// <summary>Null where this customer has no purchase of this id.</summary>
    public static async Task<AdminPurchaseReading?> ReadOrNullAsync(
        StoreDataSources dataSources, long customerId, Guid purchaseId)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        using var results = await connection.QueryMultipleAsync(AdminPurchaseSql.Read, new { customerId, purchaseId });
        var purchase = await results.ReadSingleOrDefaultAsync<AdminPurchaseReading>();
        return purchase is null ? null : purchase with
        {
            Lines = [.. await results.ReadAsync<Line>()],
            Refunds = [.. await results.ReadAsync<Refund>()],
            Events = [.. await results.ReadAsync<Happening>()],
        };
    }
}
