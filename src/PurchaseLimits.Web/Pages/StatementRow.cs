using Dapper;
using Npgsql;

namespace PurchaseLimits.Web.Pages;

/// <summary>One event of a customer's ledger, as the statement shows it. Amounts are US dollars.</summary>
public sealed record StatementRow : LedgerEvent
{
    public Guid? PurchaseId { get; init; }

    /// <summary>The order number, where the event is about a purchase.</summary>
    public long? PurchaseNumber { get; init; }

    /// <summary>The limit that was in force until then, where the event changed it.</summary>
    public decimal? LimitBefore { get; init; }

    /// <summary>A customer's ledger, newest first.</summary>
    /// <param name="source">Whose rights read it.</param>
    /// <param name="customerId">Whose ledger.</param>
    /// <param name="position">By sequence number.</param>
    public static async Task<KeysetPage<StatementRow>> ReadAsync(
        NpgsqlDataSource source, long customerId, KeysetPosition position)
    {
        await using var connection = await source.OpenConnectionAsync();
        // Two branches, of which one is empty, because each runs along the primary key in its own direction.
        var rows = await connection.QueryAsync<StatementRow>(
            $"""
            SELECT {Columns}, e.purchase_id, p.purchase_number, c.limit_before
            FROM (
                (SELECT *
                 FROM store.customer_event
                 WHERE customer_id = @customerId
                   AND @After::bigint IS NULL
                   AND sequence_number < coalesce(@Before, 9223372036854775807)
                 ORDER BY sequence_number DESC
                 LIMIT @limit)
                UNION ALL
                (SELECT *
                 FROM store.customer_event
                 WHERE customer_id = @customerId
                   AND sequence_number > @After
                 ORDER BY sequence_number
                 LIMIT @limit)
            ) e
            LEFT JOIN store.limit_change c USING (customer_id, sequence_number)
            LEFT JOIN store.purchase p ON p.customer_id = @customerId AND p.purchase_id = e.purchase_id
            ORDER BY e.sequence_number DESC
            """,
            new { customerId, position.Before, position.After, limit = KeysetPosition.PageSize + 1 });
        return position.Cut(rows.AsList(), KeysetPosition.PageSize, isDescending: true, row => row.SequenceNumber);
    }
}

/// <summary>The model of the partial <c>_Statement</c>.</summary>
/// <param name="Page">What to show.</param>
/// <param name="ForAdmin">Admins see the events' numbers; customers have a page for each purchase.</param>
public sealed record Statement(KeysetPage<StatementRow> Page, bool ForAdmin);
