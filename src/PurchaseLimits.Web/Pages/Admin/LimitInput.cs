using Microsoft.AspNetCore.Mvc.ModelBinding;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>The fields <c>limitAfter</c> and <c>noLimit</c>, as every form has them in which an admin sets a limit.</summary>
internal static class LimitInput
{
    /// <param name="errors">Takes what is wrong, for <c>limitAfter</c>.</param>
    /// <param name="limitAfter">As typed.</param>
    /// <param name="isNoLimit">The box is ticked.</param>
    /// <returns>US dollars, or <see cref="Limit.None"/>.</returns>
    public static decimal Read(ModelStateDictionary errors, string? limitAfter, bool isNoLimit)
    {
        var limit = Limit.None;
        if (isNoLimit && !string.IsNullOrEmpty(limitAfter))
            errors.AddModelError("limitAfter", "Write an amount or tick “No limit”, not both.");
        else if (!isNoLimit && !StrictInput.TryAmount(limitAfter, out limit))
            errors.AddModelError("limitAfter", "Write an amount in dollars, like 750 or 750.50, or tick “No limit”.");
        return limit;
    }
}
