using Dapper;

namespace PurchaseLimits.Web.Pages;

/// <summary>What one customer may still buy, live. The model of the partial <c>_Meter</c>.</summary>
public sealed record AllowanceReading
{
    public decimal Amount { get; init; }
    public decimal Held { get; init; }
    public decimal LimitAmount { get; init; }

    /// <summary>Never below zero.</summary>
    public decimal LeftAmount { get; init; }

    /// <summary>Above zero after the limit was cut below what was bought, or an admin approved a purchase above it.</summary>
    public decimal OverBy { get; init; }

    /// <param name="dataSources">Read as the web's customers' half.</param>
    /// <param name="customerId">Whose.</param>
    public static async Task<AllowanceReading> ReadAsync(StoreDataSources dataSources, long customerId)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        return await connection.QuerySingleAsync<AllowanceReading>(
            """
            SELECT amount, held, limit_amount, left_amount, over_by
            FROM store.customer_allowance
            WHERE customer_id = @customerId
            """,
            new { customerId });
    }
}
