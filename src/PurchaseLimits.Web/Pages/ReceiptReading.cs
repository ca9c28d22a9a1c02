using Dapper;

namespace PurchaseLimits.Web.Pages;

/// <summary>One purchase as the ledger has it. Amounts are US dollars as of that purchase, never of today.</summary>
public sealed record ReceiptReading
{
    public Guid PurchaseId { get; init; }

    /// <summary><c>confirmed</c> or <c>refused</c>.</summary>
    public required string Status { get; init; }

    public decimal Total { get; init; }
    public DateTimeOffset PricedAt { get; init; }
    public long SequenceNumber { get; init; }
    public decimal AmountBefore { get; init; }
    public decimal AmountAfter { get; init; }
    public decimal LimitAtTime { get; init; }
    public decimal LeftAmount { get; init; }
    public decimal OverBy { get; init; }
    public DateTimeOffset OccurredAt { get; init; }

    public IReadOnlyList<PricedLine> Lines { get; private init; } = [];
    public IReadOnlyList<TimelineEntry> Events { get; private init; } = [];

    public bool Confirmed => Status == "confirmed";

    public sealed record TimelineEntry
    {
        public long SequenceNumber { get; init; }
        public required string Kind { get; init; }
        public decimal Amount { get; init; }
        public decimal AmountAfter { get; init; }
        public decimal LimitAtTime { get; init; }
        public DateTimeOffset OccurredAt { get; init; }
    }

    /// <summary>Null for what does not exist and for what is somebody else's: nobody learns which of the two it is.</summary>
    public static async Task<ReceiptReading?> ReadOrNullAsync(StoreDataSources dataSources, long customerId, Guid purchaseId)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        using var results = await connection.QueryMultipleAsync(
            """
            SELECT r.purchase_id, r.status, r.total, r.priced_at, r.sequence_number, r.amount_before, r.amount_after,
                   r.limit_at_time, r.left_amount, r.over_by, r.occurred_at
            FROM store.purchase_receipt r
            WHERE r.customer_id = @customerId
              AND r.purchase_id = @purchaseId;

            SELECT l.product_id, p.name, l.quantity, l.unit_price
            FROM store.purchase_line l
            JOIN store.product p ON p.product_id = l.product_id
            WHERE l.customer_id = @customerId
              AND l.purchase_id = @purchaseId
            ORDER BY p.name, p.product_id;

            SELECT e.sequence_number, e.kind, e.amount, e.amount_after, e.limit_at_time, e.occurred_at
            FROM store.customer_event e
            WHERE e.customer_id = @customerId
              AND e.purchase_id = @purchaseId
            ORDER BY e.sequence_number;
            """,
            new { customerId, purchaseId });
        var receipt = await results.ReadSingleOrDefaultAsync<ReceiptReading>();
        return receipt is null ? null : receipt with
        {
            Lines = [.. await results.ReadAsync<PricedLine>()],
            Events = [.. await results.ReadAsync<TimelineEntry>()],
        };
    }
}
