using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A price of a product: past, current or future.</summary>
public sealed record PriceRow
{
    /// <summary>How many prices a product's page shows of those to come, the next ones first, and as many of those that began.</summary>
    public const int MaxCount = 100;

    public DateTimeOffset ValidFrom { get; init; }

    /// <summary>Null where no later price is set.</summary>
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>US dollars a unit.</summary>
    public decimal Price { get; init; }

    public string Actor { get; init; } = "";

    /// <summary>Null for prices older than this column.</summary>
    public DateTimeOffset? SetAt { get; init; }

    public bool HasBegun { get; init; }
    public bool HasEnded { get; init; }

    /// <summary>Newest first.</summary>
    public static async Task<IReadOnlyList<PriceRow>> ReadAsync(StoreDataSources dataSources, long productId)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<PriceRow>(
            $"""
            SELECT p.valid_from, nullif(p.valid_to, 'infinity') AS valid_to, p.price, p.actor, p.set_at,
                   p.valid_from <= statement_timestamp() AS has_begun,
                   p.valid_to <= statement_timestamp() AS has_ended
            FROM (
                (SELECT pp.*
                 FROM store.product_price pp
                 WHERE pp.product_id = @productId
                   AND pp.valid_from > statement_timestamp()
                 ORDER BY pp.valid_from
                 LIMIT {MaxCount})
                UNION ALL
                (SELECT pp.*
                 FROM store.product_price pp
                 WHERE pp.product_id = @productId
                   AND pp.valid_from <= statement_timestamp()
                 ORDER BY pp.valid_from DESC
                 LIMIT {MaxCount})
            ) p
            ORDER BY p.valid_from DESC
            """,
            new { productId })).AsList();
    }
}
