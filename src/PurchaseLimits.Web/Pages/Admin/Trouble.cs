using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What the two ends that only the caller knows look like on an admin's form: the partial <c>_Trouble</c> says it.</summary>
public static class Trouble
{
    public const string Key = "trouble";

    /// <summary>429, with what was typed: nothing was saved.</summary>
    public static PageResult PageBusy(this PageModel model) =>
        With(model, StatusCodes.Status429TooManyRequests, "1",
            "Nothing was saved: somebody else is changing this at the moment. Please save again in a few seconds.");

    /// <summary>503, with what was typed: the same form, sent again, tells.</summary>
    public static PageResult PageInDoubt(this PageModel model) =>
        With(model, StatusCodes.Status503ServiceUnavailable, "5",
            "The database did not answer, so it is not known whether this was saved. Sending it again is safe: it is saved once at most.");

    private static PageResult With(PageModel model, int statusCode, string retryAfter, string sentence)
    {
        model.ViewData[Key] = sentence;
        model.Response.Headers.RetryAfter = retryAfter;
        return model.PageWith(statusCode);
    }
}
