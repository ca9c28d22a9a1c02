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

    /// <summary>From when the limit it speaks of is in force; null where it speaks of none.</summary>
    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>Until when; null: for good, or where it speaks of none.</summary>
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>It was taken back before it began.</summary>
    public bool IsTakenBack => Kind == "limit_change_ended" && ValidFrom > OccurredAt;

    /// <summary>Nobody did it: it had been set to happen.</summary>
    public bool IsBySelf => Kind == "limit_took_effect" && Actor == "system";

    /// <summary>What there is to know of an event <c>e</c> beside it.</summary>
    public const string Joined =
        $"""
        {Columns}, e.purchase_id, p.purchase_number,
        CASE
            WHEN c.limit_before IS NOT NULL THEN c.limit_before
            WHEN e.kind <> 'limit_took_effect' THEN NULL
            -- Whatever the event before this one about the same limit made of it.
            WHEN e.window_name = 'lifetime' THEN (
                SELECT b.limit_at_time
                FROM store.customer_event b
                WHERE b.customer_id = e.customer_id
                  AND b.sequence_number = e.sequence_number - 1
            )
            ELSE coalesce((
                SELECT b.window_limit
                FROM store.customer_event b
                WHERE b.customer_id = e.customer_id
                  AND b.sequence_number < e.sequence_number
                  AND b.window_name = e.window_name
                  AND b.kind IN ('limit_changed', 'limit_took_effect')
                ORDER BY b.sequence_number DESC
                LIMIT 1
            ), store.no_limit())
        END AS limit_before,
        coalesce(c.valid_from, d.valid_from, r.valid_from) AS valid_from,
        nullif(nullif(coalesce(c.valid_to, d.valid_to, r.valid_to), 'infinity'), coalesce(c.valid_from, d.valid_from)) AS valid_to
        """;

    /// <summary>
    /// Where that comes from. Event by event, and the events cut to a page before: a plan for any customer takes them to have few
    /// purchases, and would compare all of them with each event.
    /// </summary>
    public const string Joins =
        """
        LEFT JOIN LATERAL (
            SELECT b.limit_before, b.valid_from, b.valid_to
            FROM store.limit_change b
            WHERE b.customer_id = e.customer_id
              AND b.sequence_number = e.sequence_number
            LIMIT 1
        ) c ON true
        LEFT JOIN LATERAL (
            SELECT o.valid_from, o.valid_to
            FROM store.limit_change o
            WHERE o.customer_id = e.customer_id
              AND o.limit_change_id = e.limit_change_id
            LIMIT 1
        ) d ON true
        LEFT JOIN LATERAL (
            SELECT NULL::timestamptz AS valid_from, q.valid_to
            FROM store.limit_request q
            WHERE e.kind = 'limit_raise_requested'
              AND q.customer_id = e.customer_id
              AND q.sequence_number = e.sequence_number
        ) r ON true
        LEFT JOIN LATERAL (
            SELECT b.purchase_number
            FROM store.purchase b
            WHERE b.customer_id = e.customer_id
              AND b.purchase_id = e.purchase_id
            LIMIT 1
        ) p ON true
        """;

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
            SELECT {Joined}
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
            {Joins}
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
