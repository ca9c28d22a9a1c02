using Dapper;
using Npgsql;

namespace PurchaseLimits.Web.Pages;

/// <summary>One event of a customer's ledger. Amounts are US dollars.</summary>
public sealed record StatementRow
{
    public long SequenceNumber { get; init; }
    public string Kind { get; init; } = "";
    public Guid? PurchaseId { get; init; }

    /// <summary>A purchase's total, refused or not; zero where no money is meant.</summary>
    public decimal Amount { get; init; }

    /// <summary>What was bought in all once this had happened.</summary>
    public decimal AmountAfter { get; init; }

    /// <summary>By how much a refused purchase would have passed the limit.</summary>
    public decimal OverBy { get; init; }

    public decimal LimitAtTime { get; init; }

    /// <summary>The limit that was in force until then, where the event changed it.</summary>
    public decimal? LimitBefore { get; init; }

    public string Actor { get; init; } = "";
    public string Reason { get; init; } = "";
    public DateTimeOffset OccurredAt { get; init; }

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
            """
            SELECT e.sequence_number, e.kind, e.purchase_id, e.amount, e.amount_after,
                   greatest(e.amount_before + e.held_before + e.amount - e.limit_at_time, 0) AS over_by,
                   e.limit_at_time, c.limit_before, e.actor, e.reason, e.occurred_at
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
