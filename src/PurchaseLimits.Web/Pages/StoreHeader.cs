using Dapper;
using Microsoft.AspNetCore.Mvc;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Pages.Admin;

namespace PurchaseLimits.Web.Pages;

/// <summary>The header of every page: where to go, what is in the cart, what a customer has left, and how many requests wait for an admin.</summary>
public sealed class StoreHeader(StoreDataSources dataSources, CartCookie cartCookie) : ViewComponent
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

        await using var connection = await dataSources.Pages.OpenConnectionAsync(HttpContext.RequestAborted);
        var rows = (await connection.QueryAsync<AllowanceReading, long, (AllowanceReading Limit, long CartCount)>(
            $"""
            SELECT l.*,
                   (SELECT coalesce(sum(c.quantity), 0)::bigint
                    FROM store.cart_line c
                    WHERE c.customer_id = @customerId) AS cart_count
            FROM ({Allowance.Select}) l
            """,
            (limit, cartCount) => (limit, cartCount),
            new { customerId },
            splitOn: "cart_count")).AsList();
        return View(rows.Count == 0
            ? new Model(bare, null, 0)
            : new Model(bare, new Allowance([.. rows.Select(row => row.Limit)]).Tightest, rows[0].CartCount));
    }
}
