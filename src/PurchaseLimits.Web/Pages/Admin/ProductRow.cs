using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A product as admins see it. Prices are US dollars a unit.</summary>
public sealed record ProductRow
{
    public long ProductId { get; init; }
    public long Revision { get; init; }
    public string Name { get; init; } = "";
    public string Description { get; init; } = "";
    public string Tile { get; init; } = "";
    public long CategoryId { get; init; }
    public string Category { get; init; } = "";
    public DateTimeOffset? WithdrawnAt { get; init; }

    /// <summary>Null: price on request.</summary>
    public decimal? Price { get; init; }

    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>Null where the price has no end that is known.</summary>
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>The price that is set to come next, and from when on; null where none is.</summary>
    public decimal? NextPrice { get; init; }

    public DateTimeOffset? NextPriceAt { get; init; }

    /// <summary>What every read of such rows begins with; a WHERE about <c>p</c>, <c>c</c> and <c>n</c> may follow.</summary>
    public const string Select =
        """
        SELECT p.product_id, p.revision, p.name, p.description, p.tile, p.category_id, g.name AS category, p.withdrawn_at,
               c.price, c.valid_from, nullif(c.valid_to, 'infinity') AS valid_to,
               n.price AS next_price, n.valid_from AS next_price_at
        FROM store.product p
        JOIN store.category g USING (category_id)
        LEFT JOIN store.current_price c USING (product_id)
        LEFT JOIN LATERAL (
            SELECT pp.price, pp.valid_from
            FROM store.product_price pp
            WHERE pp.product_id = p.product_id
              AND pp.valid_from > statement_timestamp()
            ORDER BY pp.valid_from
            LIMIT 1
        ) n ON true
        """;

    /// <summary>One product, live; null when there is none of that number.</summary>
    public static async Task<ProductRow?> ReadAsync(StoreDataSources dataSources, long productId)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<ProductRow>(
            $"""
            {Select}
            WHERE p.product_id = @productId
            """,
            new { productId });
    }
}
