using Microsoft.AspNetCore.Mvc;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Pages.Admin;

namespace PurchaseLimits.Web.Pages;

/// <summary>The header of every page: where to go, what is in the cart, what a customer has left, and how many requests wait for an admin.</summary>
public sealed class StoreHeader(StoreDataSources dataSources, CustomerHeader customerHeader, CartCookie cartCookie) : ViewComponent
{
    public sealed record Model(bool Bare, AllowanceReading? Allowance, long CartCount, long WaitingRequests = 0)
    {
        /// <summary>For admins: how many customers are frozen.</summary>
        public long FrozenCount { get; init; }
    }

    /// <param name="bare">For the pages about failures: asks the database nothing and shows no form.</param>
    public async Task<IViewComponentResult> InvokeAsync(bool bare)
    {
        if (bare)
            return View(new Model(bare, null, 0));
        if (HttpContext.User.IsAdmin())
        {
            return View(new Model(bare, null, 0, await RequestRow.CountAsync(dataSources.AdminPages))
            {
                FrozenCount = await FreezeRow.CountAsync(dataSources.AdminPages),
            });
        }

        if (HttpContext.User.CustomerIdOrNull() is not { } customerId)
            return View(new Model(bare, null, cartCookie.Read(HttpContext).Values.Sum(line => line.Quantity)));

        var (allowance, cartCount) = await customerHeader.ReadAsync(customerId, HttpContext.RequestAborted);
        return View(new Model(bare, allowance, cartCount));
    }
}
