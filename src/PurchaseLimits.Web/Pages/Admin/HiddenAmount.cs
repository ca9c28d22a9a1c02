using System.Globalization;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Amounts that a page writes into hidden fields: what it showed, to be compared. May be larger than what people type.</summary>
public static class HiddenAmount
{
    public static string Text(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>False where <see cref="Text"/> did not write it.</summary>
    public static bool TryRead(string? text, out decimal amount) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out amount) && Text(amount) == text;
}
