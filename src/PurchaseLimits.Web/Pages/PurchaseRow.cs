using Dapper;
using Npgsql;

namespace PurchaseLimits.Web.Pages;

/// <summary>A purchase as lists show it, or what was asked for and is not decided yet. Amounts are US dollars.</summary>
public sealed record PurchaseRow
{
    public Guid PurchaseId { get; init; }

    /// <summary>The order number, for people.</summary>
    public long PurchaseNumber { get; init; }

    /// <summary>A key of <see cref="PurchaseStatus.Names"/>.</summary>
    public string Status { get; init; } = "";

    public decimal Total { get; init; }
    public decimal Held { get; init; }
    public decimal Refunded { get; init; }

    /// <summary>Until when it waits, where it waits.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset PlacedAt { get; init; }

    /// <summary>By how much one that was refused for the limit would have passed the limit of that time; else zero.</summary>
    public decimal OverBy { get; init; }

    /// <summary>The first two products by name.</summary>
    public string[] FirstNames { get; init; } = [];

    public long ProductCount { get; init; }

    /// <summary>The total is not known yet.</summary>
    public bool IsAtMost => Held > 0;

    /// <summary>Mug, Kettle and 3 more.</summary>
    public string Items => ProductCount > FirstNames.Length
        ? $"{string.Join(", ", FirstNames)} and {ProductCount - FirstNames.Length} more"
        : string.Join(" and ", FirstNames);

    /// <summary>A customer's purchases, newest first; what is not decided yet is processing.</summary>
    /// <param name="source">Whose rights read it.</param>
    /// <param name="customerId">Whose purchases.</param>
    /// <param name="status">Only these; null for all.</param>
    /// <param name="position">By order number.</param>
    /// <param name="size">Rows a page.</param>
    public static async Task<KeysetPage<PurchaseRow>> ReadAsync(
        NpgsqlDataSource source, long customerId, string? status, KeysetPosition position, int size)
    {
        // Away from the reader's position, so that the nearest come first; the page turns them round below.
        var order = position.After is null ? "DESC" : "ASC";
        await using var connection = await source.OpenConnectionAsync();
        var rows = await connection.QueryAsync<PurchaseRow>(
            $"""
            WITH purchase AS (
                (SELECT p.purchase_id, p.purchase_number, p.status, p.total, p.held, p.refunded, p.expires_at, p.placed_at,
                        p.last_sequence_number, NULL::bigint[] AS product_ids
                 FROM store.purchase p
                 WHERE p.customer_id = @customerId
                   AND p.purchase_number < coalesce(@Before, 9223372036854775807)
                   AND p.purchase_number > coalesce(@After, 0)
                   AND (@status::text IS NULL OR p.status = @status)
                 ORDER BY p.purchase_number {order}
                 LIMIT @limit)
                UNION ALL
                (SELECT r.purchase_id, r.purchase_number, 'processing', r.shown_total, 0, 0, NULL, r.requested_at, NULL, r.product_ids
                 FROM store.purchase_request r
                 WHERE r.customer_id = @customerId
                   AND r.purchase_number < coalesce(@Before, 9223372036854775807)
                   AND r.purchase_number > coalesce(@After, 0)
                   AND (@status::text IS NULL OR @status = 'processing')
                 ORDER BY r.purchase_number {order}
                 LIMIT @limit)
                ORDER BY purchase_number {order}
                LIMIT @limit
            )
            SELECT w.purchase_id, w.purchase_number, w.status, w.total, w.held, w.refunded, w.expires_at, w.placed_at,
                   CASE WHEN e.kind = 'purchase_refused' AND e.reason = ''
                        THEN CASE e.window_name WHEN 'lifetime' THEN e.amount_after + e.held_after + e.amount - e.limit_at_time
                                                ELSE e.window_used + e.amount - e.window_limit END
                        ELSE 0 END AS over_by,
                   i.first_names, i.product_count
            FROM purchase w
            LEFT JOIN store.customer_event e ON e.customer_id = @customerId AND e.sequence_number = w.last_sequence_number
            CROSS JOIN LATERAL (
                SELECT coalesce((array_agg(p.name ORDER BY p.name))[1:2], '{"{}"}') AS first_names, count(*) AS product_count
                FROM (
                    SELECT l.product_id
                    FROM store.purchase_line l
                    WHERE l.customer_id = @customerId
                      AND l.purchase_id = w.purchase_id
                    UNION
                    SELECT o.product_id
                    FROM store.purchase_line_on_request o
                    WHERE o.customer_id = @customerId
                      AND o.purchase_id = w.purchase_id
                    UNION
                    SELECT unnest(w.product_ids)
                ) l
                JOIN store.product p USING (product_id)
            ) i
            ORDER BY w.purchase_number DESC
            """,
            new { customerId, status, position.Before, position.After, limit = size + 1 });
        return position.Cut(rows.AsList(), size, isDescending: true, row => row.PurchaseNumber);
    }
}
