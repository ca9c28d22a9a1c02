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
            ? ReadAsync(context, customerId, customerId, new SortedDictionary<long, CartEntry>())
            : ReadAsync(context, null, null, cookie.Read(context));

    /// <summary>These lines as if they were the customer's cart; unknown products are left out.</summary>
    public Task<Cart> PriceAsync(HttpContext context, IReadOnlyDictionary<long, CartEntry> lines) =>
        ReadAsync(context, context.User.CustomerIdOrNull(), null, lines);

    /// <summary>Lines and prices as of one moment: one statement; and the customer's limits, in the same round trip.</summary>
    private async Task<Cart> ReadAsync(
        HttpContext context, long? customerId, long? cartOf, IReadOnlyDictionary<long, CartEntry> lines)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync(context.RequestAborted);
        using var results = await connection.QueryMultipleAsync(
            $"""
            SELECT
                statement_timestamp() AS priced_at,
                s.quote_life,
                s.hold_life,
                s.deferred_confirmation,
                l.product_id,
                l.quantity,
                p.name,
                p.tile,
                p.withdrawn_at IS NOT NULL AS withdrawn,
                c.price,
                nullif(l.at_most, 0) AS at_most
            FROM store.store_setting s
            LEFT JOIN (
                SELECT product_id, quantity, at_most FROM store.cart_line WHERE customer_id = @cartOf
                UNION ALL
                SELECT product_id, quantity, at_most
                FROM unnest(@productIds, @quantities, @atMosts) AS v (product_id, quantity, at_most)
            ) l
            JOIN store.product p ON p.product_id = l.product_id
            LEFT JOIN store.current_price c ON c.product_id = l.product_id
                ON true
            ORDER BY p.name, p.product_id;

            {Allowance.Select}
            """,
            new
            {
                customerId,
                cartOf,
                productIds = lines.Keys.ToArray(),
                quantities = lines.Values.Select(line => (long)line.Quantity).ToArray(),
                atMosts = lines.Values.Select(line => line.AtMost ?? 0).ToArray(),
            });
        var rows = results.Read<Cart, CartLine, (Cart Cart, CartLine Line)>((cart, line) => (cart, line), splitOn: "product_id").ToList();
        var limits = (await results.ReadAsync<AllowanceReading>()).AsList();
        return rows[0].Cart with
        {
            Lines = [.. rows.Where(row => row.Line is not null).Select(row => row.Line)],
            Allowance = limits.Count == 0 ? null : new Allowance(limits),
        };
    }

    /// <summary>Adds to what is in the cart, up to 99 of a product. An "at most" replaces the one before it.</summary>
    public Task<CartChange> AddAsync(HttpContext context, long productId, CartEntry entry) =>
        context.User.CustomerIdOrNull() is { } customerId
            ? customerCarts.AddAsync(customerId, productId, entry)
            : AddToCookieAsync(context, productId, entry);

    /// <summary>Sets how many of a product that is in the cart.</summary>
    /// <param name="context">Whose cart.</param>
    /// <param name="productId">Which product.</param>
    /// <param name="quantity">1 to 99.</param>
    /// <param name="atMost">US dollars a unit; 0 takes it back, null leaves it as it is.</param>
    public async Task<CartChange> SetAsync(HttpContext context, long productId, int quantity, decimal? atMost) =>
        context.User.CustomerIdOrNull() is { } customerId
            ? await customerCarts.SetAsync(customerId, productId, quantity, atMost)
            : ChangeCookie(context, lines =>
            {
                if (!lines.TryGetValue(productId, out var line))
                    return false;
                lines[productId] = new CartEntry(quantity, atMost is null ? line.AtMost : atMost > 0 ? atMost : null);
                return true;
            });

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

    private async Task<CartChange> AddToCookieAsync(HttpContext context, long productId, CartEntry entry)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync(context.RequestAborted);
        var sold = await connection.ExecuteScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM store.product WHERE product_id = @productId AND withdrawn_at IS NULL)",
            new { productId });
        if (!sold)
            return CartChange.NotSold;

        var lines = cookie.Read(context);
        var before = lines.GetValueOrDefault(productId);
        var wanted = (before?.Quantity ?? 0) + entry.Quantity;
        lines[productId] = new CartEntry(Math.Min(wanted, StrictInput.MaxQuantity), entry.AtMost ?? before?.AtMost);
        if (lines.Count > MaxProducts)
            return CartChange.Full;

        cookie.Write(context, lines);
        return wanted > StrictInput.MaxQuantity ? CartChange.Capped : CartChange.Changed;
    }

    private CartChange ChangeCookie(HttpContext context, Func<SortedDictionary<long, CartEntry>, bool> change)
    {
        var lines = cookie.Read(context);
        if (!change(lines))
            return CartChange.NotInCart;

        cookie.Write(context, lines);
        return CartChange.Changed;
    }
}
