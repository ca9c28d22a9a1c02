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

    /// <summary>The least that any of the customer's limits leaves.</summary>
    public decimal LeftAmount { get; init; }

    /// <summary>Which limit leaves that.</summary>
    public string LeftWindowName { get; init; } = "lifetime";

    /// <summary>By how much the customer is over the lifetime limit.</summary>
    public decimal OverBy { get; init; }

    /// <summary>The limit of which the most is used; null where nothing limits this customer.</summary>
    public string? TightWindowName { get; init; }

    public decimal TightUsed { get; init; }
    public decimal TightLimit { get; init; }

    /// <summary>Until when the lifetime limit is what it is; null: for good.</summary>
    public DateTimeOffset? LimitValidTo { get; init; }

    /// <summary>The last event about this customer's limits.</summary>
    public long LimitSequenceNumber { get; init; }

    public decimal DefaultLimit { get; init; }
    public DateTimeOffset? LimitChangedAt { get; init; }
    public string? LimitChangedBy { get; init; }

    /// <summary>How long the limit has been what it is; null where it was never changed.</summary>
    public TimeSpan? LimitAge { get; init; }

    /// <summary>Where the lifetime limit comes from.</summary>
    public string Source => this switch
    {
        { LimitValidTo: not null } => "temporary",
        { LimitAmount: Limit.None } => "no limit",
        { LimitIsFromRegistration: true } when LimitAmount == DefaultLimit => "default",
        _ => "own",
    };

    /// <summary>No change of the lifetime limit is in force.</summary>
    public bool LimitIsFromRegistration { get; init; }

    /// <summary>By how much the customer is over the limit of which the most is used.</summary>
    public decimal TightOverBy => Math.Max(TightUsed - TightLimit, 0);

    /// <summary>Of the limit of which the most is used, rounded down, so that 100 is not said before it is true. A limit of zero is used up.</summary>
    public long PercentUsed => this switch
    {
        { TightWindowName: null } => 0,
        { TightLimit: 0 } => 100,
        _ => (long)Math.Floor(TightUsed / TightLimit * 100),
    };

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
        LeftAmount = Math.Max(LimitAmount - Amount - Held, 0),
        OverBy = OverBy,
    };

    /// <summary>What every read of such rows begins with; a WHERE about <c>c</c>, <c>a</c>, <c>b</c> and <c>u</c> may follow.</summary>
    public const string Select =
        """
        SELECT c.customer_id, c.display_name, c.registered_at, u.email,
               a.amount, a.held, a.limit_amount, a.left_amount, a.left_window_name, a.over_by, a.limit_sequence_number,
               s.default_limit, f.limit_change_id IS NULL AS limit_is_from_registration, nullif(f.valid_to, 'infinity') AS limit_valid_to,
               tight.window_name AS tight_window_name, coalesce(tight.used, 0) AS tight_used,
               coalesce(tight.limit_amount, 0) AS tight_limit,
               l.occurred_at AS limit_changed_at, l.actor AS limit_changed_by,
               statement_timestamp() - l.occurred_at AS limit_age
        FROM store.customer c
        JOIN store.customer_allowance a USING (customer_id)
        JOIN store.customer_purchased_amount b USING (customer_id) -- as it was settled last: what a list may look at first
        JOIN store.store_setting s ON s.store_setting_id = 1
        LEFT JOIN account.user u USING (customer_id)
        LEFT JOIN LATERAL (
            SELECT w.window_name, w.amount + w.held AS used, w.limit_amount
            FROM store.customer_window_allowance w
            WHERE w.customer_id = c.customer_id
              AND w.limit_amount < store.no_limit()
            ORDER BY w.over_by > 0 DESC, (w.amount + w.held) / greatest(w.limit_amount, 0.01) DESC
            LIMIT 1
        ) tight ON true
        LEFT JOIN LATERAL (
            SELECT p.limit_change_id, store.limit_ends_at(p.customer_id, p.window_name, p.valid_to) AS valid_to
            FROM store.limit_period p
            WHERE p.customer_id = c.customer_id
              AND p.window_name = 'lifetime'
              AND p.valid_from <= statement_timestamp()
              AND p.valid_to > statement_timestamp()
            ORDER BY p.valid_from DESC, p.sequence_number DESC
            LIMIT 1
        ) f ON true
        LEFT JOIN LATERAL (
            SELECT lc.sequence_number
            FROM store.limit_change lc
            WHERE lc.customer_id = c.customer_id
              AND lc.valid_from < lc.valid_to -- a raise for one purchase is none that lasts
              AND lc.limit_change_id <> md5(format('%s %s', lc.customer_id, lc.window_name))::uuid -- register_customer's
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
