using Dapper;
using Npgsql;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A request for approval that is no more: how it ended, by whom and why. US dollars.</summary>
public sealed record DecidedRow
{
    public const int MaxShown = 25;

    public long CustomerId { get; init; }
    public string DisplayName { get; init; } = "";
    public Guid PurchaseId { get; init; }
    public long PurchaseNumber { get; init; }

    /// <summary>The event that ended it.</summary>
    public string Kind { get; init; } = "";

    public decimal Amount { get; init; }
    public string Actor { get; init; } = "";
    public string Reason { get; init; } = "";
    public DateTimeOffset OccurredAt { get; init; }

    /// <summary>In the words of requests, not of purchases.</summary>
    public string Ended => Kind switch
    {
        "purchase_confirmed" => "Approved",
        "purchase_refused" => "Declined",
        "purchase_expired" => "Expired",
        "purchase_cancelled" => "Withdrawn",
        _ => Kind.Replace('_', ' '),
    };

    public string Badge => $"badge-{Kind["purchase_".Length..]}";

    /// <summary>The last ones, newest first.</summary>
    public static async Task<IReadOnlyList<DecidedRow>> ReadAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        return (await connection.QueryAsync<DecidedRow>(
            $"""
            SELECT e.customer_id, c.display_name, e.purchase_id, p.purchase_number, e.kind, e.amount, e.actor, e.reason, e.occurred_at
            FROM (
                SELECT d.*
                FROM store.customer_event d
                WHERE d.previous_kind = 'purchase_awaiting_approval'
                ORDER BY d.occurred_at DESC
                LIMIT {MaxShown}
            ) e
            JOIN store.purchase p USING (customer_id, purchase_id)
            JOIN store.customer c USING (customer_id)
            ORDER BY e.occurred_at DESC
            """)).AsList();
    }
}
