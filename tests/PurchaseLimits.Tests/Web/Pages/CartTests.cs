using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

public sealed class CartTests(PostgresServer server) : StoreWebTest(server)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m, 300.00m, 250.00m);
        await AddSignInsAsync(10, 10);
    }

    [Fact]
    public async Task A_visitors_cart_comes_along_at_sign_in_and_is_added_to_what_was_there()
    {
        await ExecuteAsync("INSERT INTO store.cart_line VALUES (10, 1, 98), (10, 3, 1)");
        using var visitor = Web.NewShopper();
        await AddAsync(visitor, 1, "2");
        await AddAsync(visitor, 2, "1");
        Assert.Contains("$340.00", (await visitor.GetAsync("/cart")).Text, StringComparison.Ordinal);

        await visitor.SignInAsync("customer10@example.com");

        Assert.Equal(["1 × 99", "2 × 1", "3 × 1"], await QueryAsync<string>(
            "SELECT format('%s × %s', product_id, quantity) FROM store.cart_line ORDER BY product_id"));
        Assert.DoesNotContain("store-cart", visitor.Cookies.GetCookies(Web.Address).Select(cookie => cookie.Name));
    }

    [Fact]
    public async Task The_cart_says_whether_it_fits_and_what_could_be_dropped()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await AddAsync(shopper, 2, "1");
        Assert.Contains("$200.00 left after this", (await shopper.GetAsync("/cart")).Text, StringComparison.Ordinal);
        await AddAsync(shopper, 3, "1");

        var cart = (await shopper.GetAsync("/cart")).Text;

        Assert.Contains("over by $50.00", cart, StringComparison.OrdinalIgnoreCase);
        // The smallest line that is enough.
        Assert.Contains("Without Product 3", cart, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("100")]
    [InlineData("0x10")]
    [InlineData("1,5")]
    [InlineData("1.5")]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData(null)]
    public async Task A_quantity_that_is_none_is_refused_at_its_field_and_changes_nothing(string? quantity)
    {
        foreach (var shopper in new[] { Web.NewShopper(), await SignedInAsync("customer10@example.com") })
        {
            await AddAsync(shopper, 1, "2");
            var cart = await shopper.GetAsync("/cart");

            var refused = await shopper.SubmitAsync(cart, "main form[action='/cart?handler=Set']", ("quantity", quantity));
            var twice = await shopper.SubmitAsync(cart, "main form[action='/cart?handler=Set']", ("quantity", "3"), ("quantity", "4"));
            var product = await shopper.SubmitAsync(await shopper.GetAsync("/products/1"), "main form[method='post']", ("quantity", quantity));

            Assert.All([refused, twice, product], page => Assert.InRange((int)page.Status, 400, 422));
            Assert.Contains("1 to 99", refused.Text, StringComparison.Ordinal);
            Assert.Contains("$40.00", (await shopper.GetAsync("/cart")).Text, StringComparison.Ordinal);
            shopper.Dispose();
        }
    }

    [Theory]
    [InlineData("1:2,2:1", "$340.00")]
    [InlineData("1:0", "nothing in your cart")]
    [InlineData("1:100", "nothing in your cart")]
    [InlineData("0x1:1", "nothing in your cart")]
    [InlineData("999:1", "nothing in your cart")]
    [InlineData("junk", "nothing in your cart")]
    [InlineData("1:1:1.000,2:1:0,3:1:1:1,,:,1:", "nothing in your cart")]
    public async Task A_cart_cookie_from_elsewhere_is_read_strictly(string cookie, string expected)
    {
        using var visitor = Web.NewShopper();
        visitor.Cookies.Add(Web.Address, new Cookie("store-cart", Uri.EscapeDataString(cookie)));

        var cart = await visitor.GetAsync("/cart");

        Assert.Equal(HttpStatusCode.OK, cart.Status);
        Assert.Contains(expected, cart.Text, StringComparison.Ordinal);
    }

    private static async Task AddAsync(Shopper shopper, long productId, string quantity) =>
        Assert.Equal(HttpStatusCode.SeeOther,
            (await shopper.SubmitAsync(await shopper.GetAsync($"/products/{productId}"), "main form[method='post']", ("quantity", quantity))).Status);
}
