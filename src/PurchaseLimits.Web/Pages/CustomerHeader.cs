using Dapper;

namespace PurchaseLimits.Web.Pages;

/// <summary>
/// What the header says of a customer, read once in a request: a page that goes by what is left says the same as the strip above it.
/// What the first one asks for is what all get, a failure too; the pages about failures do not ask.
/// </summary>
public sealed class CustomerHeader(StoreDataSources dataSources)
{
    /// <param name="Allowance">Null: there is no such customer.</param>
    /// <param name="CartCount">Pieces, not lines.</param>
    public sealed record Reading(AllowanceReading? Allowance, long CartCount);

    private Task<Reading>? _reading;

    public Task<Reading> ReadAsync(long customerId, CancellationToken cancellationToken) =>
        _reading ??= QueryAsync(customerId, cancellationToken);

    private async Task<Reading> QueryAsync(long customerId, CancellationToken cancellationToken)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync(cancellationToken);
        var rows = (await connection.QueryAsync<AllowanceReading, long, (AllowanceReading Limit, long CartCount)>(
            $"""
            SELECT l.*,
                   (SELECT coalesce(sum(c.quantity), 0)::bigint
                    FROM store.cart_line c
                    WHERE c.customer_id = @customerId) AS cart_count
            FROM ({Allowance.Select}) l
            """,
            (limit, cartCount) => (limit, cartCount),
            new { customerId },
            splitOn: "cart_count")).AsList();
        return rows.Count == 0
            ? new Reading(null, 0)
            : new Reading(new Allowance([.. rows.Select(row => row.Limit)]).Tightest, rows[0].CartCount);
    }
}
