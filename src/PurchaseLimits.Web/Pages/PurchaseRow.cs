using Dapper;
using Npgsql;

namespace PurchaseLimits.Web.Pages;

/// <summary>A purchase as lists show it.</summary>
public sealed record PurchaseRow
{
    public Guid PurchaseId { get; init; }

    /// <summary><c>confirmed</c> or <c>refused</c>.</summary>
    public string Status { get; init; } = "";

    public decimal Total { get; init; }

    /// <summary>By how much a refused one would have passed the limit of that time.</summary>
    public decimal OverBy { get; init; }

    public long SequenceNumber { get; init; }
    public DateTimeOffset OccurredAt { get; init; }

    /// <summary>The first two products by name.</summary>
    public string[] FirstNames { get; init; } = [];

    public long ProductCount { get; init; }

    /// <summary>Mug, Kettle and 3 more.</summary>
    public string Items => ProductCount > FirstNames.Length
        ? $"{string.Join(", ", FirstNames)} and {ProductCount - FirstNames.Length} more"
        : string.Join(" and ", FirstNames);

    /// <summary>A customer's purchases, newest first.</summary>
    /// <param name="source">Whose rights read it.</param>
    /// <param name="customerId">Whose purchases.</param>
    /// <param name="status">Only these; null for all.</param>
    /// <param name="position">By sequence number.</param>
    /// <param name="size">Rows a page.</param>
    public static async Task<KeysetPage<PurchaseRow>> ReadAsync(
        NpgsqlDataSource source, long customerId, string? status, KeysetPosition position, int size)
    {
        await using var connection = await source.OpenConnectionAsync();
        // Two branches, of which one is empty, because each runs along the index in its own direction.
        var rows = await connection.QueryAsync<PurchaseRow>(
            """
            SELECT r.purchase_id, r.status, r.total, r.over_by, r.sequence_number, r.occurred_at,
                   i.first_names, i.product_count
            FROM (
                (SELECT *
                 FROM store.purchase_receipt
                 WHERE customer_id = @customerId
                   AND @After::bigint IS NULL
                   AND sequence_number < coalesce(@Before, 9223372036854775807)
                   AND (@status::text IS NULL OR status = @status)
                 ORDER BY sequence_number DESC
                 LIMIT @limit)
                UNION ALL
                (SELECT *
                 FROM store.purchase_receipt
                 WHERE customer_id = @customerId
                   AND sequence_number > @After
                   AND (@status::text IS NULL OR status = @status)
                 ORDER BY sequence_number
                 LIMIT @limit)
            ) r
            CROSS JOIN LATERAL (
                SELECT (array_agg(p.name ORDER BY p.name))[1:2] AS first_names, count(*) AS product_count
                FROM store.purchase_line l
                JOIN store.product p USING (product_id)
                WHERE l.customer_id = r.customer_id
                  AND l.purchase_id = r.purchase_id
            ) i
            ORDER BY r.sequence_number DESC
            """,
            new { customerId, status, position.Before, position.After, limit = size + 1 });
        return position.Cut(rows.AsList(), size, isDescending: true, row => row.SequenceNumber);
    }
}
