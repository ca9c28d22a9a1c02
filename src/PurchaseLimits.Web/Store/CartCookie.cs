using System.Globalization;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web;

/// <summary>
/// The cart of a visitor who did not sign in: <c>3:1,7:2</c>, product and quantity. It is the visitor's to edit, so it is
/// read like any input, and it holds nothing that matters: no price, no customer.
/// </summary>
public sealed class CartCookie
{
    private static readonly TimeSpan s_life = TimeSpan.FromDays(30);

    private readonly CookieBuilder _cookie = new() { MaxAge = s_life };

    public CartCookie(IHostEnvironment environment) =>
        AccountServices.Protect(_cookie, "store-cart", environment.IsDevelopment());

    /// <summary>Quantity by product. What is not a product and a quantity is passed over.</summary>
    public SortedDictionary<long, int> Read(HttpContext context)
    {
        var quantities = new SortedDictionary<long, int>();
        foreach (var entry in (context.Request.Cookies[_cookie.Name!] ?? "").Split(',', Carts.MaxProducts + 1))
        {
            if (quantities.Count < Carts.MaxProducts
                && entry.Split(':') is [var product, var amount]
                && StrictInput.TryId(product, out var productId)
                && StrictInput.TryQuantity(amount, out var quantity))
            {
                quantities.TryAdd(productId, quantity);
            }
        }

        return quantities;
    }

    public void Write(HttpContext context, IReadOnlyDictionary<long, int> quantities)
    {
        var value = string.Join(',', quantities.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}:{pair.Value}")));
        context.Response.Cookies.Append(_cookie.Name!, value, _cookie.Build(context));
    }

    public void Delete(HttpContext context)
    {
        if (context.Request.Cookies.ContainsKey(_cookie.Name!))
            context.Response.Cookies.Delete(_cookie.Name!, _cookie.Build(context));
    }
}
