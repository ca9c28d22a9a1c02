namespace PurchaseLimits.Web;

/// <summary>
/// Each of a customer's limits at one moment: the lifetime limit and those windows that have one. A purchase has to fit all of
/// them.
/// </summary>
public sealed record Allowance(IReadOnlyList<AllowanceReading> Limits)
{
    /// <summary>What a customer's is read with.</summary>
    public const string Select =
        """
        SELECT a.window_name AS "window", a.amount, a.held, a.limit_amount, a.left_amount, a.over_by, a.resets_at, a.is_frozen
        FROM store.customer_window_allowance a
        JOIN store.limit_window w USING (window_name)
        WHERE a.customer_id = @customerId
        ORDER BY w.position
        """;

    /// <summary>The one that leaves least; of two the one that stays so for longer.</summary>
    public AllowanceReading Tightest { get; } = Limits
        .OrderBy(limit => limit.LeftAmount)
        .ThenByDescending(limit => limit.ResetsAt ?? DateTimeOffset.MaxValue)
        .First();

    /// <summary>Row and ledger of this customer differ: nothing is sold until somebody has looked.</summary>
    public bool IsFrozen => Limits.Any(limit => limit.IsFrozen);

    /// <summary>US dollars that may be bought for, never below zero.</summary>
    public decimal LeftAmount => Tightest.LeftAmount;

    /// <summary>Which limit refuses a purchase, as the store names it: the one that never resets, or resets last. Null: it fits.</summary>
    public AllowanceReading? RefuserOf(decimal total) => Limits
        .Where(limit => limit.OverByWith(total) > 0 && (total > 0 || limit.Window == LimitWindow.Lifetime))
        .OrderByDescending(limit => limit.ResetsAt ?? DateTimeOffset.MaxValue)
        .FirstOrDefault();

    /// <summary>By how much a purchase would have to cost less to fit all limits; zero where it fits.</summary>
    public decimal TooMuch(decimal total) => Math.Max(Limits.Max(limit => limit.OverByWith(total)), 0);
}
