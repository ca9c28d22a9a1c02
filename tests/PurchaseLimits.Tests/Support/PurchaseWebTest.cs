using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Support;

/// <summary>
/// A <see cref="StoreWebTest"/> about purchases that wait. Product 1 costs $20.00, 2 costs $300.00, 3 costs $250.00;
/// product 4 has no price. Customers 10 and 11 may buy for $500.00 each.
/// </summary>
public abstract class PurchaseWebTest(PostgresServer server) : StoreWebTest(server)
{
    protected const string OrderForm = "main form[action='/checkout']";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m, 300.00m, 250.00m);
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (4, 1, 'Product 4', 'A thing.', 'mug')");
        await AddSignInsAsync(10, 11);
    }

    /// <summary>The store of the web process: a price set through it is heard by its worker at once.</summary>
    protected Task<PriceReply> SetPriceAsync(decimal price, long productId = 4) =>
        Web.Services.GetRequiredService<Store>().SetPriceAsync(new PriceRequest(productId, price, null, "admin 1"));

    /// <summary>A web process that decides nothing in the background, so that what waits stays as it is.</summary>
    protected WebStore NewWebWithoutWorkers() =>
        Own(new WebStore(ConnectionString, new Dictionary<string, string> { ["Workers:Enabled"] = "false" }));

    protected static async Task<Shopper> SignedInAsync(WebStore web, string email)
    {
        var shopper = web.NewShopper();
        await shopper.SignInAsync(email);
        return shopper;
    }

    protected static async Task PutIntoCartAsync(Shopper shopper, long productId, string quantity, string? atMost = null)
    {
        var changes = new List<(string, string?)> { ("quantity", quantity) };
        if (atMost is not null)
            changes.Add(("at_most", atMost));
        var added = await shopper.SubmitAsync(await shopper.GetAsync($"/products/{productId}"), "main form[method='post']", [.. changes]);
        Assert.Equal(HttpStatusCode.SeeOther, added.Status);
    }

    /// <summary>Orders what is in the cart; returns the purchase's path.</summary>
    protected static async Task<string> OrderAsync(Shopper shopper)
    {
        var sent = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), OrderForm);
        Assert.Equal(HttpStatusCode.SeeOther, sent.Status);
        return sent.Response.Headers.Location!.ToString();
    }

    /// <summary>Orders products 2 and 3, which are $50.00 over the limit; returns the refusal and the purchase's path.</summary>
    protected static async Task<(WebPage Page, string Path)> OrderTooMuchAsync(Shopper shopper)
    {
        await PutIntoCartAsync(shopper, 2, "1");
        await PutIntoCartAsync(shopper, 3, "1");
        var refused = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), OrderForm);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        return (refused, refused.Document.QuerySelector("main a[href^='/purchases/']")!.GetAttribute("href")!);
    }

    /// <summary>Reloads a page until it says so.</summary>
    protected static async Task<WebPage> UntilAsync(Shopper shopper, string path, string text)
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (true)
        {
            var page = await shopper.GetAsync(path);
            if (page.Text.Contains(text, StringComparison.Ordinal))
                return page;
            Assert.True(DateTime.UtcNow < deadline, $"“{text}” did not come: {page.Text}");
        }
    }

    protected static Task<WebPage> PressAsync(Shopper shopper, WebPage page, string handler, params (string, string?)[] changes) =>
        shopper.SubmitAsync(page, $"main form[action$='handler={handler}']", changes);

    protected Task<decimal> HeldAsync(long customerId) =>
        ScalarAsync<decimal>("SELECT held FROM store.customer_purchased_amount WHERE customer_id = @customerId", new { customerId });

    protected Task<IReadOnlyList<string>> CartAsync(long customerId) => QueryAsync<string>(
        "SELECT format('%s × %s at most %s', product_id, quantity, at_most) FROM store.cart_line WHERE customer_id = @customerId ORDER BY product_id",
        new { customerId });
}
