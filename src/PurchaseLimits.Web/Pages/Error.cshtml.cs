using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace PurchaseLimits.Web.Pages;

/// <summary>What an exception looks like. It says nothing about the exception; the log does, under the same request id.</summary>
[AllowAnonymous, IgnoreAntiforgeryToken]
public sealed class ErrorModel : PageModel
{
    public int Code { get; private set; }

    /// <summary>Before any handler, because the request that failed may have any method and the page has none.</summary>
    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        if (HttpContext.Features.Get<IExceptionHandlerFeature>() is null)
            Response.StatusCode = StatusCodes.Status404NotFound;
        Code = Response.StatusCode;
    }
}
