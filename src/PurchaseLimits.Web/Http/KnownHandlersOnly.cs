using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using PurchaseLimits.Web.Pages;

namespace PurchaseLimits.Web.Http;

/// <summary>
/// A method or handler that a page does not have is a 405. Razor Pages would render the page all the same, with a model
/// that nobody filled. HEAD is what GET is; the two pages about failures render for any method.
/// </summary>
public sealed class KnownHandlersOnly : IPageFilter
{
    public void OnPageHandlerSelected(PageHandlerSelectedContext context)
    {
    }

    public void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        if (context.HandlerMethod is null && context.HandlerInstance is not (StatusModel or ErrorModel))
            context.Result = new StatusCodeResult(StatusCodes.Status405MethodNotAllowed);
    }

    public void OnPageHandlerExecuted(PageHandlerExecutedContext context)
    {
    }
}
