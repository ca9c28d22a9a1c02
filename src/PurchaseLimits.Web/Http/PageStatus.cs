using Microsoft.AspNetCore.Mvc.RazorPages;

namespace PurchaseLimits.Web.Http;

public static class PageStatus
{
    /// <summary>The page itself, with another status than 200: refused, and here is why.</summary>
    public static PageResult PageWith(this PageModel model, int statusCode)
    {
        model.Response.StatusCode = statusCode;
        return model.Page();
    }
}
