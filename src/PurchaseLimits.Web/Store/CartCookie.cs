using System.Globalization;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web;

/// <summary>
/// The cart of a visitor who did not sign in: <c>3:1,7:2:25.00</c>, product, quantity and, for what has no price, the
/// "at most" a unit. It is the visitor's to edit, so it is read like any input, and it holds nothing that matters: no
/// price, no customer.
/// </summary>
public sealed class CartCookie
{
    private static readonly TimeSpan s_life = TimeSpan.FromDays(30);

    private readonly CookieBuilder _cookie = new() { MaxAge = s_life };

    public CartCookie(IHostEnvironment environment) =>
        AccountServices.Protect(_cookie, "store-cart", environment.IsDevelopment());

    /// <summary>Lines by product. What is not a line is passed over.</summary>
    public SortedDictionary<long, CartEntry> Read(HttpContext context)
    {
        var lines = new SortedDictionary<long, CartEntry>();
        foreach (var entry in (context.Request.Cookies[_cookie.Name!] ?? "").Split(',', Carts.MaxProducts + 1))
        {
            var atMost = 0m;
            if (lines.Count < Carts.MaxProducts
                && entry.Split(':') is [var product, var count, .. var rest]
                && StrictInput.TryId(product, out var productId)
                && StrictInput.TryQuantity(count, out var quantity)
                && (rest.Length == 0 || (rest is [var amount] && StrictInput.TryAtMost(amount, out atMost))))
            {
                lines.TryAdd(productId, new CartEntry(quantity, rest.Length == 0 ? null : atMost));
            }
        }

        return lines;
    }

    public void Write(HttpContext context, IReadOnlyDictionary<long, CartEntry> lines)
    {
        var value = string.Join(',', lines.Select(line => string.Create(CultureInfo.InvariantCulture,
            $"{line.Key}:{line.Value.Quantity}{(line.Value.AtMost is { } atMost ? $":{atMost:0.00}" : "")}")));
        context.Response.Cookies.Append(_cookie.Name!, value, _cookie.Build(context));
    }

    public void Delete(HttpContext context)
    {
        if (context.Request.Cookies.ContainsKey(_cookie.Name!))
            context.Response.Cookies.Delete(_cookie.Name!, _cookie.Build(context));
    }
}
