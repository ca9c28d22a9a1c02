namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>How admins' pages say limits, and how their forms name them.</summary>
public static class LimitWords
{
    /// <summary>$500.00, or no limit.</summary>
    public static string Amount(decimal limitAmount) => limitAmount == Limit.None ? "no limit" : Display.Money(limitAmount);

    /// <summary>Lifetime limit, Day limit …</summary>
    public static string Title(string windowName) => $"{char.ToUpperInvariant(windowName[0])}{windowName[1..]} limit";

    /// <summary>lifetime limit, day limit …, for the middle of a sentence.</summary>
    public static string Of(string windowName) => $"{windowName} limit";

    /// <summary>What counts in it: in all, in one day …</summary>
    public static string Span(string windowName) => windowName == "lifetime" ? "in all" : $"in one {windowName}";

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
