namespace PurchaseLimits.Web;

/// <summary>
/// One of a customer's limits at one moment, and what counts in it. Amounts are US dollars. The model of the partial
/// <c>_Meter</c>.
/// </summary>
public sealed record AllowanceReading
{
    public LimitWindow Window { get; init; }
    public decimal Amount { get; init; }
    public decimal Held { get; init; }

    /// <summary><see cref="Limit.None"/> where nothing limits.</summary>
    public decimal LimitAmount { get; init; }

    /// <summary>Never below zero.</summary>
    public decimal LeftAmount { get; init; }

    /// <summary>Above zero after the limit was cut below what was bought, or an admin approved a purchase above it.</summary>
    public decimal OverBy { get; init; }

    /// <summary>Null: never.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>The customer's, the same in all: see <see cref="Allowance.IsFrozen"/>.</summary>
    public bool IsFrozen { get; init; }

    public bool IsUnlimited => LimitAmount == Limit.None;

    /// <summary>By how much a purchase would pass it; zero or less where it fits.</summary>
    public decimal OverByWith(decimal total) => Amount + Held + total - LimitAmount;
}
