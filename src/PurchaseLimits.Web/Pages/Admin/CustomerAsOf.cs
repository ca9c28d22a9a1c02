using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>One of a customer's limits as it was at some moment, from the ledger alone. Amounts are US dollars.</summary>
public sealed record CustomerAsOf
{
    public string WindowName { get; init; } = "";
    public decimal Amount { get; init; }
    public decimal Held { get; init; }
    public decimal LimitAmount { get; init; }
    public decimal LeftAmount { get; init; }
    public decimal OverBy { get; init; }

    /// <summary>When the window that it was then was over; null: never.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>The limits that there were; none before the customer was registered.</summary>
    public static async Task<IReadOnlyList<CustomerAsOf>> ReadAsync(StoreDataSources dataSources, long customerId, DateTimeOffset moment)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<CustomerAsOf>(
            """
            SELECT window_name, amount, held, limit_amount, left_amount, over_by, resets_at
            FROM store.customer_as_of(@customerId, @moment)
            """,
            new { customerId, moment })).AsList();
    }
}
