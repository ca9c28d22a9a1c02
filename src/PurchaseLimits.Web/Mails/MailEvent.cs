using Dapper;

namespace PurchaseLimits.Web.Mails;

/// <summary>An event of a customer's ledger, as far as a mail tells of it. Amounts are US dollars.</summary>
public sealed record MailEvent
{
    public required string Kind { get; init; }

    /// <summary>The purchase's event before this one; null for its first.</summary>
    public required string? PreviousKind { get; init; }

    public required Guid? PurchaseId { get; init; }

    /// <summary>The order number for people.</summary>
    public required long? PurchaseNumber { get; init; }

    /// <summary>A purchase's total, or the refund.</summary>
    public required decimal Amount { get; init; }

    public required decimal AmountBefore { get; init; }
    public required decimal AmountAfter { get; init; }
    public required decimal HeldAfter { get; init; }

    /// <summary>What it holds, or what of that it releases.</summary>
    public required decimal Hold { get; init; }

    /// <summary>Of a refund: what may be bought for again.</summary>
    public required decimal Restored { get; init; }

    public required decimal LimitAtTime { get; init; }

    /// <summary>The limit that was in force until then.</summary>
    public required decimal? LimitBefore { get; init; }

    public required string Actor { get; init; }
    public required string Reason { get; init; }

    /// <summary>Until when the purchase waits, where it waits.</summary>
    public required DateTimeOffset? ExpiresAt { get; init; }

    public IReadOnlyList<MailLine> Lines { get; init; } = [];

    /// <summary>What may still be bought, never below zero.</summary>
    public decimal Left => Math.Max(LimitAtTime - AmountAfter - HeldAfter, 0);

    /// <summary>Above zero after a cut below what is bought.</summary>
    public decimal LimitOverBy => Math.Max(AmountAfter + HeldAfter - LimitAtTime, 0);

    /// <summary>By how much the purchase would have passed the limit.</summary>
    public decimal PurchaseOverBy => Math.Max(AmountBefore + HeldAfter + Amount - LimitAtTime, 0);

    public static async Task<MailEvent?> ReadOrNullAsync(StoreDataSources dataSources, long customerId, long sequenceNumber)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        using var results = await connection.QueryMultipleAsync(
            """
            SELECT e.kind, e.previous_kind, e.purchase_id, p.purchase_number, e.amount, e.amount_before, e.amount_after,
                   e.held_after, e.hold, e.restored, e.limit_at_time, b.limit_at_time AS limit_before, e.actor, e.reason,
                   e.expires_at
            FROM store.customer_event e
            LEFT JOIN store.customer_event b
                ON b.customer_id = e.customer_id AND b.sequence_number = e.sequence_number - 1
            LEFT JOIN store.purchase p ON p.customer_id = e.customer_id AND p.purchase_id = e.purchase_id
            WHERE e.customer_id = @customerId
              AND e.sequence_number = @sequenceNumber;

            SELECT p.name, l.quantity, l.total, l.at_most
            FROM store.customer_event e
            CROSS JOIN LATERAL (
                SELECT b.product_id, b.quantity, b.unit_price * b.quantity AS total, NULL::numeric AS at_most
                FROM store.purchase_line b
                WHERE b.customer_id = e.customer_id AND b.purchase_id = e.purchase_id
                UNION ALL
                SELECT r.product_id, r.quantity, NULL, r.at_most * r.quantity
                FROM store.purchase_line_on_request r
                WHERE r.customer_id = e.customer_id
                  AND r.purchase_id = e.purchase_id
                  AND NOT EXISTS (
                      SELECT
                      FROM store.purchase_line b
                      WHERE b.customer_id = r.customer_id
                        AND b.purchase_id = r.purchase_id
                        AND b.product_id = r.product_id
                  )
            ) l
            JOIN store.product p USING (product_id)
            WHERE e.customer_id = @customerId
              AND e.sequence_number = @sequenceNumber
            ORDER BY p.name, p.product_id
            """,
            new { customerId, sequenceNumber });
        var read = await results.ReadSingleOrDefaultAsync<MailEvent>();
        return read is null ? null : read with { Lines = [.. await results.ReadAsync<MailLine>()] };
    }
}

/// <summary>One product of a purchase.</summary>
public sealed record MailLine
{
    public required string Name { get; init; }
    public required long Quantity { get; init; }

    /// <summary>Null while it has no price.</summary>
    public required decimal? Total { get; init; }

    /// <summary>What the customer would pay for the line at most, where it has no price.</summary>
    public required decimal? AtMost { get; init; }
}
