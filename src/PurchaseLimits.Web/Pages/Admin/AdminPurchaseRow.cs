using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Anybody's purchase as admins' lists show it. Amounts are US dollars.</summary>
public sealed record AdminPurchaseRow
{
    public long CustomerId { get; init; }
    public string DisplayName { get; init; } = "";
    public Guid PurchaseId { get; init; }

    /// <summary>The purchase number for people.</summary>
    public long PurchaseNumber { get; init; }

    /// <summary>What it is now.</summary>
    public string Status { get; init; } = "";

    /// <summary>Asked for while the store defers confirmation; no worker has decided it yet.</summary>
    public bool IsUndecided { get; init; }

    public decimal Total { get; init; }
    public decimal Refunded { get; init; }
    public decimal Held { get; init; }
    public DateTimeOffset PlacedAt { get; init; }

    /// <summary>Until when it waits, where it waits.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public bool IsPastDeadline { get; init; }

    /// <summary>How long ago it was asked for.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>The first two products by name.</summary>
    public string[] FirstNames { get; init; } = [];

    public long ProductCount { get; init; }

    /// <summary>Mug, Kettle and 3 more.</summary>
    public string Items => ProductCount > FirstNames.Length
        ? $"{string.Join(", ", FirstNames)} and {ProductCount - FirstNames.Length} more"
        : string.Join(" and ", FirstNames);

    /// <summary>Purchases, newest first.</summary>
    /// <param name="dataSources">Read as the admins' half.</param>
    /// <param name="filter">Only these.</param>
    /// <param name="search">Only what fits this; null for all.</param>
    /// <param name="position">By purchase number.</param>
    /// <param name="size">Rows a page.</param>
    public static async Task<KeysetPage<AdminPurchaseRow>> ReadAsync(
        StoreDataSources dataSources, PurchaseState.Filter filter, PurchaseSearch? search, KeysetPosition position, int size)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        // Forwards to newer ones the nearest come first: they are turned round below.
        var order = position.After is null ? "DESC" : "";
        var inBounds = $"p.purchase_number < @before AND p.purchase_number > @after{search?.Condition}";
        var rows = (await connection.QueryAsync<AdminPurchaseRow>(
            $"""
            SELECT r.*, c.display_name, r.expires_at <= statement_timestamp() AS is_past_deadline,
                   statement_timestamp() - r.placed_at AS age, i.first_names, i.product_count
            FROM (
                (SELECT p.customer_id, p.purchase_id, p.purchase_number, p.status, p.total, p.refunded, p.held,
                        p.placed_at, p.expires_at, false AS is_undecided, NULL::bigint[] AS product_ids
                 FROM store.purchase p
                 WHERE {inBounds}
                   AND {filter.Condition}
                 ORDER BY p.purchase_number {order}
                 LIMIT @limit)
                UNION ALL
                (SELECT p.customer_id, p.purchase_id, p.purchase_number, 'processing', p.shown_total, 0, 0,
                        p.requested_at, NULL, true, p.product_ids
                 FROM store.purchase_request p
                 WHERE {inBounds}
                   AND @WithUndecided
                 ORDER BY p.purchase_number {order}
                 LIMIT @limit)
                ORDER BY purchase_number {order}
                LIMIT @limit
            ) r
            JOIN store.customer c USING (customer_id)
            CROSS JOIN LATERAL (
                SELECT (array_agg(p.name ORDER BY p.name))[1:2] AS first_names, count(*) AS product_count
                FROM (
                    SELECT l.product_id
                    FROM store.purchase_line l
                    WHERE l.customer_id = r.customer_id
                      AND l.purchase_id = r.purchase_id
                    UNION
                    SELECT o.product_id
                    FROM store.purchase_line_on_request o
                    WHERE o.customer_id = r.customer_id
                      AND o.purchase_id = r.purchase_id
                    UNION
                    SELECT unnest(r.product_ids)
                ) l
                JOIN store.product p USING (product_id)
            ) i
            ORDER BY r.purchase_number {order}
            """,
            new
            {
                before = position.Before ?? long.MaxValue,
                after = position.After ?? 0,
                filter.WithUndecided,
                limit = size + 1,
                search?.Number,
                search?.PurchaseId,
                search?.CustomerIds,
            })).AsList();
        if (position.After is not null)
            rows.Reverse();
        return position.Cut(rows, size, isDescending: true, row => row.PurchaseNumber);
    }
}
