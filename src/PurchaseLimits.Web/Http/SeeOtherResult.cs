using Microsoft.AspNetCore.Mvc;

namespace PurchaseLimits.Web.Http;

/// <summary>303 after a POST: read the answer there, with GET, so that reloading it asks for nothing twice.</summary>
/// <param name="location">A path of this store.</param>
public sealed class SeeOtherResult(string location) : ActionResult
{
    public override void ExecuteResult(ActionContext context)
    {
        context.HttpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.HttpContext.Response.Headers.Location = location;
    }
}
