using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What happened to one of a customer's limits, for an admin who has to know before saving. US dollars.</summary>
public sealed record LimitHappening
{
    private const int MaxShown = 20;

    public string Kind { get; init; } = "";
    public string WindowName { get; init; } = "";

    /// <summary>What was in force before, where the event set another.</summary>
    public decimal? LimitBefore { get; init; }

    /// <summary>The limit it speaks of.</summary>
    public decimal LimitAmount { get; init; }

    public string Actor { get; init; } = "";
    public string Reason { get; init; } = "";
    public DateTimeOffset OccurredAt { get; init; }

    /// <summary>From when it counts, where that is later.</summary>
    public DateTimeOffset? BeginsAt { get; init; }

    /// <summary>Until when it counts; null: for good.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    public string Title => $"{LimitWords.Title(WindowName)}: " + Kind switch
    {
        "limit_changed" or "limit_change_scheduled" => $"{LimitWords.Amount(LimitBefore ?? 0)} → {LimitWords.Amount(LimitAmount)}",
        "limit_took_effect" => $"{LimitWords.Amount(LimitAmount)} came into force",
        "limit_change_ended" => $"{LimitWords.Amount(LimitAmount)} was taken back or ended",
        "limit_raise_requested" => $"a raise to {LimitWords.Amount(LimitAmount)} was asked for",
        "limit_raise_proposed" => $"a raise to {LimitWords.Amount(LimitAmount)} was proposed",
        "limit_raise_denied" => $"a raise to {LimitWords.Amount(LimitAmount)} was denied",
        "limit_raise_cancelled" => $"the request for {LimitWords.Amount(LimitAmount)} was taken back",
        _ => Kind.Replace('_', ' '),
    };

    /// <summary>What happened since a page was made, newest first.</summary>
    /// <param name="dataSources">Read as the admins' half.</param>
    /// <param name="customerId">Whose limits.</param>
    /// <param name="sequenceNumber">The last event about them that the page knew.</param>
    public static async Task<IReadOnlyList<LimitHappening>> ReadSinceAsync(
        StoreDataSources dataSources, long customerId, long sequenceNumber)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<LimitHappening>(
            $"""
            SELECT e.kind, e.window_name, c.limit_before, coalesce(c.limit_after, e.window_limit) AS limit_amount,
                   e.actor, e.reason, e.occurred_at,
                   CASE WHEN c.valid_from > e.occurred_at THEN c.valid_from END AS begins_at,
                   nullif(c.valid_to, 'infinity') AS ends_at
            FROM store.customer_event e
            LEFT JOIN store.limit_change c USING (customer_id, sequence_number)
            WHERE e.customer_id = @customerId
              AND e.sequence_number > @sequenceNumber
              AND starts_with(e.kind, 'limit_')
            ORDER BY e.sequence_number DESC
            LIMIT {MaxShown}
            """,
            new { customerId, sequenceNumber })).AsList();
    }
}
