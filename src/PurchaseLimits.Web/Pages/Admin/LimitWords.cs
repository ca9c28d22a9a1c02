namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>How admins' pages say limits, and how their forms name them.</summary>
public static class LimitWords
{
    /// <summary>$500.00, or no limit.</summary>
    public static string Amount(decimal limitAmount) => Pages.LimitWords.Amount(limitAmount);

    /// <summary>Lifetime limit, Day limit …</summary>
    public static string Title(string windowName) => $"{char.ToUpperInvariant(windowName[0])}{windowName[1..]} limit";

    /// <summary>lifetime limit, day limit …, for the middle of a sentence.</summary>
    public static string Of(string windowName) => $"{windowName} limit";

    /// <summary>What counts in it now: in all, today, this week …</summary>
    public static string Span(string windowName) => windowName switch
    {
        "lifetime" => "in all",
        "day" => "today",
        _ => $"this {windowName}",
    };

    /// <summary>False for anything but a name as <see cref="Limit.SqlName"/> has it.</summary>
    public static bool TryWindow(string? windowName, out LimitWindow window)
    {
        foreach (var known in Enum.GetValues<LimitWindow>())
        {
            window = known;
            if (known.SqlName() == windowName)
                return true;
        }

        window = default;
        return false;
    }
}
