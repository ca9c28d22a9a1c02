using System.Globalization;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

/// <summary>A number that is worth a line of its own, for the partial <c>_Figures</c>.</summary>
/// <param name="Name">What it counts.</param>
/// <param name="Value">As it is shown.</param>
/// <param name="Note">What to know about it; null: nothing.</param>
/// <param name="Url">Where there is more; null: nowhere.</param>
/// <param name="IsBad">Somebody should look at it.</param>
public sealed record Figure(string Name, string Value, string? Note = null, string? Url = null, bool IsBad = false)
{
    public static string Count(long count) => count.ToString("#,##0", CultureInfo.InvariantCulture);

    /// <summary>Of a whole: 12.5 %.</summary>
    public static string Percent(decimal part, decimal whole) => whole == 0 ? "" : Percent(part / whole * 100);

    public static string Percent(decimal percent) => string.Create(CultureInfo.InvariantCulture, $"{percent:#,##0.##} %");
}

/// <summary>A bar from nothing to all of it, for the partial <c>_ShareBar</c>; the number stands beside it.</summary>
/// <param name="Percent">What is above 100 is drawn as over.</param>
public sealed record ShareBar(decimal Percent)
{
    public static ShareBar Of(decimal part, decimal whole) => new(whole <= 0 ? 0 : part / whole * 100);

    public string Width => Math.Clamp(Percent, 0, 100).ToString("0.##", CultureInfo.InvariantCulture);
}
