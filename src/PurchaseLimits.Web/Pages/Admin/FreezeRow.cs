using Dapper;
using Npgsql;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A freeze that is not over: a customer whose row and ledger differ, or did when an operator last looked.</summary>
public sealed record FreezeRow
{
    /// <summary>How many a page shows; more than a few mean that something is wrong with the whole database.</summary>
    public const int MaxShown = 100;

    public long CustomerId { get; init; }
    public string DisplayName { get; init; } = "";
    public DateTimeOffset FrozenAt { get; init; }

    /// <summary>What differed then, a line each.</summary>
    public string Detail { get; init; } = "";

    /// <summary>False where the customer's row is gone: then there is no page of that customer.</summary>
    public bool HasRow { get; init; }

    private const string Select =
        """
        SELECT f.customer_id, c.display_name, f.frozen_at, f.detail,
               EXISTS (SELECT FROM store.customer_purchased_amount a WHERE a.customer_id = f.customer_id) AS has_row
        FROM store.customer_freeze f
        JOIN store.customer c USING (customer_id)
        WHERE f.released_at IS NULL
        """;

    public static async Task<FreezeRow?> ReadOpenOrNullAsync(StoreDataSources dataSources, long customerId)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<FreezeRow>($"{Select} AND f.customer_id = @customerId", new { customerId });
    }

    /// <summary>Those that are open, oldest first.</summary>
    public static async Task<IReadOnlyList<FreezeRow>> ReadAsync(NpgsqlConnection connection) =>
        (await connection.QueryAsync<FreezeRow>($"{Select} ORDER BY f.frozen_at, f.customer_id LIMIT {MaxShown}")).AsList();

    /// <summary>How many customers are frozen. The index holds nothing else, so every page of an admin may ask.</summary>
    public static async Task<long> CountAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        return await connection.QuerySingleAsync<long>("SELECT count(*) FROM store.customer_freeze f WHERE f.released_at IS NULL");
    }
}
