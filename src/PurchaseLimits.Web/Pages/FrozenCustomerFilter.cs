using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Pages.Admin;

namespace PurchaseLimits.Web.Pages;

/// <summary>
/// Every page on which something is refused because the customer is frozen says so in the same words. 409: nothing is wrong
/// with what was sent, but with the state it met, and the same form, sent again once that is mended, is taken.
/// </summary>
public sealed class FrozenCustomerFilter(StoreDataSources dataSources, IModelMetadataProvider metadata) : IAsyncExceptionFilter
{
    public async Task OnExceptionAsync(ExceptionContext context)
    {
        if (context.Exception is not CustomerFrozenException frozen)
            return;

        var freeze = context.HttpContext.User.IsAdmin()
            ? await FreezeRow.ReadOpenOrNullAsync(dataSources, frozen.CustomerId)
            : null;
        context.Result = new ViewResult
        {
            ViewName = "/Pages/Shared/Frozen.cshtml",
            StatusCode = StatusCodes.Status409Conflict,
            ViewData = new ViewDataDictionary<FrozenCustomer>(metadata, new ModelStateDictionary())
            {
                Model = new FrozenCustomer(frozen.CustomerId, freeze),
            },
        };
    }
}
