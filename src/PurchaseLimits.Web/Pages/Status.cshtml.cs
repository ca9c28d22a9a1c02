using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace PurchaseLimits.Web.Pages;

/// <summary>
/// What a refused request looks like. Refused POSTs come here as POSTs, and one that failed the antiforgery check must
/// not fail it again.
/// </summary>
[AllowAnonymous, IgnoreAntiforgeryToken]
public sealed class StatusModel : PageModel
{
    public int Code { get; private set; }

    /// <summary>Before any handler, because a re-executed request may have any method and the page has none.</summary>
    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        // Whoever types the address of this page gets the code that it names, where it names a failure.
        if (Response.StatusCode == StatusCodes.Status200OK)
            Response.StatusCode = int.TryParse((string?)RouteData.Values["code"], out var code) && code is >= 400 and <= 599 ? code : 404;
        Code = Response.StatusCode;
    }

    /// <summary>A title and a sentence for everybody: what happened, and what to do.</summary>
    public static (string Title, string Sentence) Words(int code) => code switch
    {
        400 => ("We could not use that request", "Something in it was missing or out of date, for example because you signed in or out in another window. Nothing was changed. Please go back, reload the page and try again."),
        403 => ("This page is not yours", "You are signed in, but this page is for somebody else. Nothing was changed."),
        404 => ("There is nothing here", "The address may be mistyped, or what was here is gone."),
        405 => ("That cannot be done here", "This address does not take such a request. Nothing was changed."),
        413 => ("That is too much at once", "What was sent is larger than any form here. Nothing was changed."),
        415 => ("We cannot read that", "This address takes forms as a browser sends them. Nothing was changed."),
        429 => ("Too many requests at once", "More of them came from where you are than the store takes in a minute. Nothing was changed. Please wait a minute and try again."),
        503 => ("The store is not available", "Please try again in a moment."),
        >= 500 => ("Something went wrong here", "It is our fault, not yours. Please try again in a moment."),
        _ => ("That did not work", "The store refused this request. Nothing was changed."),
    };
}
