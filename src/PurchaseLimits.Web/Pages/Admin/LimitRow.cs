using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>One of a customer's limits, live. Amounts are US dollars.</summary>
public sealed record LimitRow
{
    public string WindowName { get; init; } = "";
    public decimal Amount { get; init; }
    public decimal Held { get; init; }

    /// <summary><see cref="Limit.None"/> where nothing limits.</summary>
    public decimal LimitAmount { get; init; }

    /// <summary>The change it comes from; null: what the customer was registered with, or none.</summary>
    public Guid? LimitChangeId { get; init; }

    /// <summary>Null: for good.</summary>
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>When the window is over; null: never.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>Who set it; null where nobody did.</summary>
    public string? Actor { get; init; }

    /// <summary>The store's settings gave it to the customer at registration.</summary>
    public bool IsFromRegistration { get; init; }

    /// <summary>What new customers get today.</summary>
    public decimal DefaultLimit { get; init; }

    public decimal Used => Amount + Held;
    public bool IsNone => LimitAmount == Limit.None;
    public decimal LeftAmount => Math.Max(LimitAmount - Used, 0);
    public decimal OverBy => Math.Max(Used - LimitAmount, 0);

    /// <summary>There is something to show of it: the lifetime limit always, a window where it limits.</summary>
    public bool IsShown => WindowName == "lifetime" || !IsNone;

    public AllowanceReading Allowance => new()
    {
        Amount = Amount,
        Held = Held,
        LimitAmount = LimitAmount,
        LeftAmount = LeftAmount,
        OverBy = OverBy,
    };

    /// <summary>Where it comes from, but for the date until which a temporary one counts.</summary>
    public string Source => this switch
    {
        { ValidTo: not null } => "temporary",
        { IsFromRegistration: true } when LimitAmount == DefaultLimit => "the default",
        { IsFromRegistration: true } => "the default when this customer registered",
        { Actor: { } actor } when actor.StartsWith("customer ", StringComparison.Ordinal) => "set by the customer",
        { Actor: not null } => "set for this customer",
        _ => "never limited",
    };

    /// <summary>All of them, in the order in which they are shown; none for an unknown customer.</summary>
    public static async Task<IReadOnlyList<LimitRow>> ReadAsync(StoreDataSources dataSources, long customerId)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<LimitRow>(
            """
            SELECT l.window_name, l.amount, l.held, l.limit_amount, l.limit_change_id,
                   nullif(store.limit_ends_at(@customerId, l.window_name, l.valid_to), 'infinity') AS valid_to,
                   l.resets_at, coalesce(e.actor, i.actor) AS actor,
                   CASE l.window_name
                       WHEN 'lifetime' THEN l.limit_change_id IS NULL
                       -- The key that register_customer makes.
                       ELSE coalesce(l.limit_change_id = md5(format('%s %s', @customerId, l.window_name))::uuid, false)
                   END AS is_from_registration,
                   CASE l.window_name
                       WHEN 'lifetime' THEN s.default_limit
                       WHEN 'day' THEN s.default_day_limit
                       WHEN 'week' THEN s.default_week_limit
                       WHEN 'month' THEN s.default_month_limit
                       WHEN 'year' THEN s.default_year_limit
                   END AS default_limit
            FROM store.limits_as_of(@customerId, statement_timestamp()) l
            JOIN store.store_setting s ON s.store_setting_id = 1
            LEFT JOIN store.limit_change c ON c.customer_id = @customerId AND c.limit_change_id = l.limit_change_id
            LEFT JOIN store.customer_event e ON e.customer_id = @customerId AND e.sequence_number = c.sequence_number
            LEFT JOIN store.limit_import_row r ON r.customer_id = @customerId AND r.limit_change_id = l.limit_change_id
            LEFT JOIN store.limit_import i USING (limit_import_id)
            """,
            new { customerId })).AsList();
    }
}
