using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Http;

/// <summary>
/// What one page leaves for the next, in a cookie. The framework deletes that cookie with every page, whether or not there is one;
/// a page that sets a cookie is a page for one visitor only (see <see cref="VisitorPages"/>).
/// </summary>
public sealed class NoticeCookie(CookieTempDataProvider cookie, IOptions<CookieTempDataProviderOptions> options) : ITempDataProvider
{
    public IDictionary<string, object> LoadTempData(HttpContext context) => cookie.LoadTempData(context);

    public void SaveTempData(HttpContext context, IDictionary<string, object> values)
    {
        if (values.Count > 0 || context.Request.Cookies.ContainsKey(options.Value.Cookie.Name!))
            cookie.SaveTempData(context, values);
    }
}
