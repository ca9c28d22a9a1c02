using Dapper;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web;

/// <summary>The cart of whoever asks: a customer's in the database, a visitor's in a cookie.</summary>
public sealed class Carts(
    StoreDataSources dataSources, CustomerCarts customerCarts, CartCookie cookie, ITempDataDictionaryFactory tempData)
{
    /// <summary>Different products in one cart. A purchase takes 100 lines, so whatever is in a cart can be asked for.</summary>
    public const int MaxProducts = 50;

    /// <summary>The cart of whoever asks.</summary>
    public Task<Cart> ReadAsync(HttpContext context) =>
        context.User.CustomerIdOrNull() is { } customerId
            ? ReadAsync(context, customerId, customerId, new SortedDictionary<long, int>())
            : ReadAsync(context, null, null, cookie.Read(context));

    /// <summary>These lines as if they were the customer's cart; unknown products are left out.</summary>
    public Task<Cart> PriceAsync(HttpContext context, IReadOnlyDictionary<long, int> quantities) =>
        ReadAsync(context, context.User.CustomerIdOrNull(), null, quantities);

    /// <summary>Lines, prices and what the customer has left, all as of one moment: one statement.</summary>
    private async Task<Cart> ReadAsync(HttpContext context, long? customerId, long? cartOf, IReadOnlyDictionary<long, int> lines)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync(context.RequestAborted);
        var carts = await connection.QueryAsync<Cart, CartLine, (Cart Cart, CartLine Line)>(
            """
            SELECT
                statement_timestamp() AS priced_at,
                s.quote_life,
                a.left_amount,
                coalesce(a.over_by, 0) AS already_over_by,
                l.product_id,
                l.quantity,
                p.name,
                p.tile,
                p.withdrawn_at IS NOT NULL AS withdrawn,
                c.price
            FROM store.store_setting s
            LEFT JOIN store.customer_allowance a ON a.customer_id = @customerId
            LEFT JOIN (
                SELECT product_id, quantity FROM store.cart_line WHERE customer_id = @cartOf
                UNION ALL
                SELECT product_id, quantity FROM unnest(@productIds, @quantities) AS v (product_id, quantity)
            ) l
            JOIN store.product p ON p.product_id = l.product_id
            LEFT JOIN store.current_price c ON c.product_id = l.product_id
                ON true
            ORDER BY p.name, p.product_id
            """,
            (cart, line) => (cart, line),
            new
            {
                customerId,
                cartOf,
                productIds = lines.Keys.ToArray(),
                quantities = lines.Values.Select(quantity => (long)quantity).ToArray(),
            },
            splitOn: "product_id");
        var rows = carts.ToList();
        return rows[0].Cart with { Lines = [.. rows.Where(row => row.Line is not null).Select(row => row.Line)] };
    }

    /// <summary>Adds to what is in the cart, up to 99 of a product.</summary>
    public Task<CartChange> AddAsync(HttpContext context, long productId, int quantity) =>
        context.User.CustomerIdOrNull() is { } customerId
            ? customerCarts.AddAsync(customerId, productId, quantity)
            : AddToCookieAsync(context, productId, quantity);

    /// <summary>Sets how many of a product that is in the cart.</summary>
    public async Task<CartChange> SetAsync(HttpContext context, long productId, int quantity) =>
        context.User.CustomerIdOrNull() is { } customerId
            ? await customerCarts.SetAsync(customerId, productId, quantity)
            : ChangeCookie(context, lines => lines.ContainsKey(productId) && (lines[productId] = quantity) > 0);

    public async Task<CartChange> RemoveAsync(HttpContext context, long productId) =>
        context.User.CustomerIdOrNull() is { } customerId
            ? await customerCarts.RemoveAsync(customerId, productId)
            : ChangeCookie(context, lines => lines.Remove(productId));

    /// <summary>
    /// What was put in the cart before signing in joins what was there: quantities are added up. Where not all of it has
    /// room, the next page says so.
    /// </summary>
    public async Task MergeCookieCartAsync(HttpContext context, long customerId)
    {
        var visitors = cookie.Read(context);
        if (visitors.Count > 0 && !await customerCarts.MergeAsync(customerId, visitors))
        {
            tempData.GetTempData(context)["notice-warn"] =
                $"A cart holds {StrictInput.MaxQuantity} of a product and {MaxProducts} different products, so not all of what "
                + "you had chosen before you signed in is in it. Please look through your cart.";
        }

        cookie.Delete(context);
    }

    private async Task<CartChange> AddToCookieAsync(HttpContext context, long productId, int quantity)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync(context.RequestAborted);
        var sold = await connection.ExecuteScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM store.product WHERE product_id = @productId AND withdrawn_at IS NULL)",
            new { productId });
        if (!sold)
            return CartChange.NotSold;

        var lines = cookie.Read(context);
        var wanted = lines.GetValueOrDefault(productId) + quantity;
        lines[productId] = Math.Min(wanted, StrictInput.MaxQuantity);
        if (lines.Count > MaxProducts)
            return CartChange.Full;

        cookie.Write(context, lines);
        return wanted > StrictInput.MaxQuantity ? CartChange.Capped : CartChange.Changed;
    }

    private CartChange ChangeCookie(HttpContext context, Func<SortedDictionary<long, int>, bool> change)
    {
        var lines = cookie.Read(context);
        if (!change(lines))
            return CartChange.NotInCart;

        cookie.Write(context, lines);
        return CartChange.Changed;
    }
}
