using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What cells of several files have in common.</summary>
public static class FileCells
{
    /// <param name="text">As the file has it.</param>
    /// <param name="amount">US dollars.</param>
    /// <param name="isTooFine">It would be an amount with fewer decimals.</param>
    public static bool TryAmount(string text, out decimal amount, out bool isTooFine)
    {
        isTooFine = text.Split('.') is [{ Length: > 0 } dollars, { Length: > 2 } cents]
            && dollars.All(char.IsAsciiDigit) && cents.All(char.IsAsciiDigit);
        return StrictInput.TryAmount(text, out amount);
    }
}
