using Dapper;

namespace PurchaseLimits.Web.Pages;

/// <summary>What is held for a purchase that waits for a price.</summary>
public sealed record OpenHold
{
    public Guid PurchaseId { get; init; }
    public long PurchaseNumber { get; init; }

    /// <summary>US dollars.</summary>
    public decimal Held { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>A customer's, the one that ends first at the top. What has passed its deadline holds nothing any more.</summary>
    public static async Task<IReadOnlyList<OpenHold>> ReadAsync(StoreDataSources dataSources, long customerId)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        return (await connection.QueryAsync<OpenHold>(
            """
            SELECT p.purchase_id, p.purchase_number, p.held, p.expires_at
            FROM store.purchase p
            WHERE p.customer_id = @customerId
              AND p.expires_at > statement_timestamp()
              AND p.held > 0
            ORDER BY p.expires_at, p.purchase_number
            """,
            new { customerId })).AsList();
    }
}
