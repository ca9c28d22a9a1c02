using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A limit that a purchase does not fit, and by how many US dollars approving it raises that limit.</summary>
public sealed record NeededRaise(string WindowName, decimal RaiseBy)
{
    /// <summary>All of them, live, in the order in which limits are shown.</summary>
    /// <param name="dataSources">Read as the admins' half.</param>
    /// <param name="customerId">Whose limits.</param>
    /// <param name="total">What the purchase costs.</param>
    public static async Task<IReadOnlyList<NeededRaise>> ReadAsync(StoreDataSources dataSources, long customerId, decimal total)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<NeededRaise>(
            """
            SELECT w.window_name, w.amount + w.held + @total - w.limit_amount AS raise_by
            FROM store.customer_window_allowance w
            JOIN store.limit_window o USING (window_name)
            WHERE w.customer_id = @customerId
              AND w.amount + w.held + @total > w.limit_amount
            ORDER BY o.position
            """,
            new { customerId, total })).AsList();
    }
}
