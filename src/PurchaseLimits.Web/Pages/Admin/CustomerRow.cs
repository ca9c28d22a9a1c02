using System.Globalization;
using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A customer as admins see it. Amounts are US dollars.</summary>
public sealed record CustomerRow
{
    public long CustomerId { get; init; }
    public string DisplayName { get; init; } = "";

    /// <summary>Null for a customer without an account.</summary>
    public string? Email { get; init; }

    public DateTimeOffset RegisteredAt { get; init; }
    public decimal Amount { get; init; }
    public decimal Held { get; init; }
    public decimal LimitAmount { get; init; }
    public decimal LeftAmount { get; init; }
    public decimal OverBy { get; init; }
    /// <summary>The last event about this customer's limits.</summary>
    public long LimitSequenceNumber { get; init; }

    public decimal DefaultLimit { get; init; }
    public DateTimeOffset? LimitChangedAt { get; init; }
    public string? LimitChangedBy { get; init; }

    /// <summary>How long the limit has been what it is; null where it was never changed.</summary>
    public TimeSpan? LimitAge { get; init; }

    /// <summary>Where the limit comes from.</summary>
    public string Source => LimitChangedAt is null && LimitAmount == DefaultLimit ? "default" : "own";

    /// <summary>Of the limit, rounded down, so that 100 is not said before it is true. A limit of zero is used up.</summary>
    public long PercentUsed => LimitAmount == 0 ? 100 : (long)Math.Floor((Amount + Held) / LimitAmount * 100);

    /// <summary>today, 1 day ago, 40 days ago.</summary>
    public string? LimitAgeInWords => LimitAge is not { } age ? null : age.Days switch
    {
        <= 0 => "today",
        1 => "1 day ago",
        var days => string.Create(CultureInfo.InvariantCulture, $"{days:#,##0} days ago"),
    };

    public AllowanceReading Allowance => new()
    {
        Amount = Amount,
        Held = Held,
        LimitAmount = LimitAmount,
        LeftAmount = LeftAmount,
        OverBy = OverBy,
    };

    /// <summary>What every read of such rows begins with; a WHERE about <c>c</c>, <c>a</c> and <c>u</c> may follow.</summary>
    public const string Select =
        """
        SELECT c.customer_id, c.display_name, c.registered_at, u.email,
               a.amount, a.held, a.limit_amount, a.left_amount, a.over_by, a.limit_sequence_number, s.default_limit,
               l.occurred_at AS limit_changed_at, l.actor AS limit_changed_by,
               statement_timestamp() - l.occurred_at AS limit_age
        FROM store.customer c
        JOIN store.customer_allowance a USING (customer_id)
        JOIN store.store_setting s ON s.store_setting_id = 1
        LEFT JOIN account.user u USING (customer_id)
        LEFT JOIN LATERAL (
            SELECT lc.sequence_number
            FROM store.limit_change lc
            WHERE lc.customer_id = c.customer_id
            ORDER BY lc.sequence_number DESC
            LIMIT 1
        ) newest ON true
        LEFT JOIN store.customer_event l
            ON l.customer_id = c.customer_id AND l.sequence_number = newest.sequence_number
        """;

    /// <summary>One customer, live; null when there is none of that number.</summary>
    public static async Task<CustomerRow?> ReadAsync(StoreDataSources dataSources, long customerId)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<CustomerRow>(
            $"""
            {Select}
            WHERE c.customer_id = @customerId
            """,
            new { customerId });
    }
}
