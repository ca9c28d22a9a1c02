using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A price of a product: past, current or future.</summary>
public sealed record PriceRow
{
    /// <summary>How many prices a product's page shows.</summary>
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
            SELECT pp.valid_from, nullif(pp.valid_to, 'infinity') AS valid_to, pp.price, pp.actor, pp.set_at,
                   pp.valid_from <= statement_timestamp() AS has_begun,
                   pp.valid_to <= statement_timestamp() AS has_ended
            FROM store.product_price pp
            WHERE pp.product_id = @productId
            ORDER BY pp.valid_from DESC
            LIMIT {MaxCount}
            """,
            new { productId })).AsList();
    }
}
