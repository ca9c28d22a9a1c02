using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>One change of a customer's limits, and when it is in force. Amounts are US dollars.</summary>
public sealed record LimitPeriodRow
{
    public Guid LimitChangeId { get; init; }
    public string WindowName { get; init; } = "";

    /// <summary>What was in force when it was decided; null where it came by an import that the ledger has not taken in yet.</summary>
    public decimal? LimitBefore { get; init; }

    public decimal LimitAfter { get; init; }
    public DateTimeOffset ValidFrom { get; init; }

    /// <summary>As it was decided; null: for good.</summary>
    public DateTimeOffset? PlannedTo { get; init; }

    public string Actor { get; init; } = "";
    public string Reason { get; init; } = "";

    /// <summary>When it was decided; null where the ledger has not taken it in yet.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>When it was taken back or ended before its time, by whom and why; null: it was not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public string? EndedBy { get; init; }
    public string? EndReason { get; init; }

    /// <summary>In the words of this list: planned, in force, over, taken back, for one purchase.</summary>
    public string State { get; init; } = "";

    /// <summary>It has not begun: it can be taken back.</summary>
    public bool IsPlanned => State == "planned";

    /// <summary>It counts now, and ends by itself: it can be ended sooner.</summary>
    public bool IsEndable => State == "in force" && PlannedTo is not null;

    private const string Select =
        """
        SELECT p.limit_change_id, p.window_name, c.limit_before, p.limit_after, p.valid_from,
               nullif(coalesce(c.valid_to, p.valid_to), 'infinity') AS planned_to,
               coalesce(e.actor, i.actor) AS actor, coalesce(e.reason, i.reason) AS reason, e.occurred_at,
               x.ended_at, n.actor AS ended_by, n.reason AS end_reason,
               CASE
                   WHEN c.valid_from = c.valid_to THEN 'for one purchase'
                   WHEN x.ended_at <= p.valid_from THEN 'taken back'
                   WHEN p.valid_from > statement_timestamp() THEN 'planned'
                   WHEN p.limit_change_id = f.limit_change_id THEN 'in force'
                   WHEN p.valid_to > statement_timestamp() AND c.valid_to < 'infinity' THEN 'behind a later one'
                   ELSE 'over'
               END AS state
        FROM store.limit_period p
        LEFT JOIN store.limit_change c USING (customer_id, limit_change_id)
        LEFT JOIN store.customer_event e ON e.customer_id = p.customer_id AND e.sequence_number = c.sequence_number
        LEFT JOIN store.limit_change_end x ON x.customer_id = p.customer_id AND x.limit_change_id = p.limit_change_id
        LEFT JOIN store.customer_event n ON n.customer_id = p.customer_id AND n.sequence_number = x.sequence_number
        LEFT JOIN store.limit_import_row r
            ON r.customer_id = p.customer_id AND r.limit_change_id = p.limit_change_id AND c.customer_id IS NULL
        LEFT JOIN store.limit_import i USING (limit_import_id)
        LEFT JOIN store.limits_in_force(@customerId, statement_timestamp()) f ON f.window_name = p.window_name
        WHERE p.customer_id = @customerId
        """;

    /// <summary>The last ones that were decided, newest first.</summary>
    public static async Task<IReadOnlyList<LimitPeriodRow>> ReadAsync(StoreDataSources dataSources, long customerId, int count)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<LimitPeriodRow>(
            $"""
            {Select}
            ORDER BY p.sequence_number DESC, p.window_name
            LIMIT @count
            """,
            new { customerId, count })).AsList();
    }

    /// <summary>One of them; null where this customer has none of that id.</summary>
    public static async Task<LimitPeriodRow?> ReadOrNullAsync(StoreDataSources dataSources, long customerId, Guid limitChangeId)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<LimitPeriodRow>(
            $"""
            {Select}
              AND p.limit_change_id = @limitChangeId
            """,
            new { customerId, limitChangeId });
    }
}
