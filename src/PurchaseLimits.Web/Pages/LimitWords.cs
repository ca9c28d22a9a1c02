namespace PurchaseLimits.Web.Pages;

/// <summary>How limits are said, on pages and in mails.</summary>
public static class LimitWords
{
    // US dollars: the greatest amount that a form takes. What is more than that is the limit of whom nothing limits, or what
    // that leaves.
    private const decimal GreatestAmount = 99_999_999.99m;

    /// <summary>A limit, or what one leaves: $500.00, or in words where there is none.</summary>
    public static string Amount(decimal amount) => amount > GreatestAmount ? "no limit" : Display.Money(amount);

    public static bool IsNone(decimal amount) => amount > GreatestAmount;

    /// <summary>Behind "your": limit, weekly limit.</summary>
    public static string Name(LimitWindow window) => window switch
    {
        LimitWindow.Lifetime => "limit",
        LimitWindow.Day => "daily limit",
        LimitWindow.Week => "weekly limit",
        LimitWindow.Month => "monthly limit",
        LimitWindow.Year => "yearly limit",
        _ => throw new ArgumentOutOfRangeException(nameof(window)),
    };

    /// <summary>At the beginning of a line: Limit, Weekly limit.</summary>
    public static string Title(LimitWindow window) => string.Concat(Name(window)[..1].ToUpperInvariant(), Name(window).AsSpan(1));

    /// <summary>Where all of them stand beside each other: In all, Each week.</summary>
    public static string Heading(LimitWindow window) => window == LimitWindow.Lifetime ? "In all" : $"Each {window.SqlName()}";

    /// <summary>Behind "left", with a space in front: nothing, or this week.</summary>
    public static string During(LimitWindow window) => window switch
    {
        LimitWindow.Lifetime => "",
        LimitWindow.Day => " today",
        _ => $" this {window.SqlName()}",
    };

    /// <summary>$20.00 left this week.</summary>
    public static string Left(decimal amount, LimitWindow window) =>
        IsNone(amount) ? "no limit" : $"{Display.Money(amount)} left{During(window)}";

    /// <summary>You have $20.00 left this week, or that nothing limits.</summary>
    public static string YouHave(AllowanceReading limit) =>
        limit.IsUnlimited ? "You have no limit" : $"You have {Left(limit.LeftAmount, limit.Window)}";
}
