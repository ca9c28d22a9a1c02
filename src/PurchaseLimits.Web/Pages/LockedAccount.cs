using System.Globalization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>What every page answers that asks for a password or a code, when there were too many wrong ones.</summary>
internal static class LockedAccount
{
    /// <summary>429, which says when to try again, and for how many minutes at most the account is locked, for the page's sentence.</summary>
    public static (PageResult Page, int Minutes) PageLocked(this PageModel model, LockoutOptions lockout)
    {
        var lockedFor = lockout.DefaultLockoutTimeSpan;
        model.Response.Headers.RetryAfter = ((int)lockedFor.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return (model.PageWith(StatusCodes.Status429TooManyRequests), (int)Math.Ceiling(lockedFor.TotalMinutes));
    }
}
