using Dapper;
using Npgsql;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A purchase above the limit that waits for an admin, with what one needs to know to decide. US dollars, live.</summary>
public sealed record RequestRow
{
    /// <summary>How many a page shows: the next ones come up as these are decided.</summary>
    public const int MaxShown = 25;

    public long CustomerId { get; init; }
    public string DisplayName { get; init; } = "";
    public string? Email { get; init; }
    public Guid PurchaseId { get; init; }
    public long PurchaseNumber { get; init; }
    public decimal Total { get; init; }
    public DateTimeOffset AskedAt { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>What the customer wrote.</summary>
    public string Note { get; init; } = "";

    public decimal Amount { get; init; }
    public decimal Held { get; init; }
    public decimal LimitAmount { get; init; }
    public decimal LeftAmount { get; init; }

    /// <summary>How far the customer is above the limit already, without this purchase.</summary>
    public decimal OverBy { get; init; }

    /// <summary>Bought in the last 90 days, less what was refunded in them.</summary>
    public decimal Spent { get; init; }

    /// <summary>2 × Mug, 1 × Kettle.</summary>
    public string Items { get; init; } = "";

    public AllowanceReading Allowance => new()
    {
        Amount = Amount,
        Held = Held,
        LimitAmount = LimitAmount,
        LeftAmount = Math.Max(LimitAmount - Amount - Held, 0),
        OverBy = OverBy,
    };

    /// <summary>The limits it does not fit, and the same amounts by which approving it would raise them.</summary>
    public string[] RaisedWindows { get; init; } = [];

    public decimal[] RaisedBy { get; init; } = [];

    public IReadOnlyList<NeededRaise> Raises => [.. RaisedWindows.Zip(RaisedBy, (window, by) => new NeededRaise(window, by))];

    /// <summary>Those that wait, soonest deadline first.</summary>
    public static async Task<IReadOnlyList<RequestRow>> ReadAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        return (await connection.QueryAsync<RequestRow>(
            $$"""
            SELECT p.customer_id, c.display_name, u.email, p.purchase_id, p.purchase_number, p.total, p.expires_at,
                   e.occurred_at AS asked_at, e.reason AS note,
                   a.amount, a.held, a.limit_amount, a.left_amount, a.over_by, spent.spent, lines.items,
                   raises.raised_windows, raises.raised_by
            FROM (
                SELECT w.*
                FROM store.purchase w
                WHERE w.expires_at > statement_timestamp()
                  AND w.status = 'awaiting_approval'
                ORDER BY w.expires_at, w.purchase_number
                LIMIT {{MaxShown}}
            ) p
            JOIN store.customer c USING (customer_id)
            JOIN store.customer_allowance a USING (customer_id)
            JOIN store.customer_event e ON e.customer_id = p.customer_id AND e.sequence_number = p.last_sequence_number
            LEFT JOIN account.user u ON u.customer_id = p.customer_id
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(CASE b.kind WHEN 'purchase_confirmed' THEN b.amount ELSE -b.amount END), 0) AS spent
                FROM store.customer_event b
                WHERE b.customer_id = p.customer_id
                  AND b.kind IN ('purchase_confirmed', 'purchase_partly_refunded', 'purchase_refunded')
                  AND b.occurred_at > statement_timestamp() - interval '90 days'
            ) spent
            CROSS JOIN LATERAL (
                SELECT string_agg(format('%s × %s', l.quantity, d.name), ', ' ORDER BY d.name) AS items
                FROM store.purchase_line l
                JOIN store.product d USING (product_id)
                WHERE l.customer_id = p.customer_id
                  AND l.purchase_id = p.purchase_id
            ) lines
            CROSS JOIN LATERAL (
                SELECT coalesce(array_agg(n.window_name ORDER BY o.position), '{}') AS raised_windows,
                       coalesce(array_agg(n.raise_by ORDER BY o.position), '{}') AS raised_by
                FROM (
                    SELECT w.window_name, w.amount + w.held + p.total - w.limit_amount AS raise_by
                    FROM store.customer_window_allowance w
                    WHERE w.customer_id = p.customer_id
                      AND w.amount + w.held + p.total > w.limit_amount
                ) n
                JOIN store.limit_window o USING (window_name)
            ) raises
            ORDER BY p.expires_at, p.purchase_number
            """)).AsList();
    }

    /// <summary>How many wait for an admin, purchases and raises. The indexes hold little else, so every page of an admin may ask.</summary>
    public static async Task<long> CountAsync(NpgsqlDataSource source) =>
        await CountPurchasesAsync(source) + await LimitRequestRow.CountAsync(source);

    /// <summary>How many purchases wait for an admin.</summary>
    public static async Task<long> CountPurchasesAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        return await connection.QuerySingleAsync<long>(
            """
            SELECT count(*)
            FROM store.purchase p
            WHERE p.expires_at > statement_timestamp()
              AND p.status = 'awaiting_approval'
            """);
    }
}
