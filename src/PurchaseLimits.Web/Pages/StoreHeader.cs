using Dapper;
using Microsoft.AspNetCore.Mvc;
using PurchaseLimits.Web.Accounts;

namespace PurchaseLimits.Web.Pages;

/// <summary>The header of every page: where to go, what is in the cart, and what a customer has left.</summary>
public sealed class StoreHeader(StoreDataSources dataSources, CartCookie cartCookie) : ViewComponent
{
    public sealed record Model(bool Bare, AllowanceReading? Allowance, long CartCount);

    /// <param name="bare">For the pages about failures: asks the database nothing and shows no form.</param>
    public async Task<IViewComponentResult> InvokeAsync(bool bare)
    {
        if (bare)
            return View(new Model(bare, null, 0));
        if (HttpContext.User.CustomerIdOrNull() is not { } customerId)
            return View(new Model(bare, null, cartCookie.Read(HttpContext).Values.Sum(line => line.Quantity)));

        await using var connection = await dataSources.Pages.OpenConnectionAsync(HttpContext.RequestAborted);
        var readings = await connection.QueryAsync<AllowanceReading, long, Model>(
            """
            SELECT
                a.amount,
                a.held,
                a.limit_amount,
                a.left_amount,
                a.over_by,
                (SELECT coalesce(sum(c.quantity), 0)::bigint
                 FROM store.cart_line c
                 WHERE c.customer_id = a.customer_id) AS cart_count
            FROM store.customer_allowance a
            WHERE a.customer_id = @customerId
            """,
            (allowance, cartCount) => new Model(bare, allowance, cartCount),
            new { customerId },
            splitOn: "cart_count");
        return View(readings.SingleOrDefault() ?? new Model(bare, null, 0));
    }
}
