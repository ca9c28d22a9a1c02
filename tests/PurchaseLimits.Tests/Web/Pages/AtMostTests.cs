using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

/// <summary>What has no price, from the product's page to the order.</summary>
public sealed class AtMostTests(PostgresServer server) : PurchaseWebTest(server)
{
    private const string SetForm = "main form[action='/cart?handler=Set']";

    [Fact]
    public async Task Without_an_at_most_it_is_no_part_of_the_order_and_with_one_it_counts()
    {
        foreach (var shopper in new[] { Web.NewShopper(), await SignedInAsync("customer10@example.com") })
        {
            await PutIntoCartAsync(shopper, 4, "2");
            var cart = await shopper.GetAsync("/cart");
            Assert.Contains("until you say what one may cost at most", cart.Text, StringComparison.Ordinal);
            Assert.Contains("Total $0.00", cart.Text, StringComparison.Ordinal);

            Assert.Equal(HttpStatusCode.SeeOther, (await shopper.SubmitAsync(cart, SetForm, ("at_most", "20.5"))).Status);
            await PutIntoCartAsync(shopper, 1, "1");

            cart = await shopper.GetAsync("/cart");
            Assert.Contains("What has a price $20.00 At most for the rest $41.00 Held until the price is known $61.00", cart.Text, StringComparison.Ordinal);
            // Empty takes it back.
            Assert.Equal(HttpStatusCode.SeeOther, (await shopper.SubmitAsync(cart, $"{SetForm}:has([name='at_most'])", ("at_most", ""))).Status);
            Assert.Contains("Total $20.00", (await shopper.GetAsync("/cart")).Text, StringComparison.Ordinal);
            shopper.Dispose();
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.00")]
    [InlineData("-1")]
    [InlineData("1,5")]
    [InlineData("1.005")]
    [InlineData("0x10")]
    [InlineData("1e3")]
    [InlineData(" 1")]
    [InlineData("1000000.01")]
    public async Task An_at_most_that_is_none_is_refused_at_its_field_and_changes_nothing(string atMost)
    {
        foreach (var shopper in new[] { Web.NewShopper(), await SignedInAsync("customer10@example.com") })
        {
            await PutIntoCartAsync(shopper, 4, "2", "25");
            var cart = await shopper.GetAsync("/cart");

            var refused = await shopper.SubmitAsync(cart, SetForm, ("quantity", "3"), ("at_most", atMost));
            var twice = await shopper.SubmitAsync(cart, SetForm, ("at_most", "1"), ("at_most", "2"));
            var product = await shopper.SubmitAsync(await shopper.GetAsync("/products/4"), "main form[method='post']", ("at_most", atMost));

            Assert.All([refused, twice, product], page => Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status));
            Assert.Contains("at most 1000000", refused.Document.QuerySelector("#at-most-4-error")!.TextContent, StringComparison.Ordinal);
            Assert.Equal(atMost, refused.Document.QuerySelector("#at-most-4")!.GetAttribute("value"));
            Assert.NotNull(product.Document.QuerySelector("#at_most-error"));
            Assert.Contains("2 × at most $25.00", (await shopper.GetAsync("/cart")).Text, StringComparison.Ordinal);
            shopper.Dispose();
        }
    }

    [Fact]
    public async Task A_visitors_at_most_comes_along_at_sign_in_and_no_other_is_lost()
    {
        await ExecuteAsync(
            """
            INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (5, 1, 'Product 5', 'A thing.', 'mug');
            INSERT INTO store.cart_line (customer_id, product_id, quantity, at_most) VALUES (10, 4, 1, 10), (10, 5, 1, 30)
            """);
        using var visitor = Web.NewShopper();
        visitor.Cookies.Add(Web.Address, new Cookie("store-cart", Uri.EscapeDataString("1:2,4:1:25.00,5:1")));
        Assert.Contains("1 × at most $25.00", (await visitor.GetAsync("/cart")).Text, StringComparison.Ordinal);

        await visitor.SignInAsync("customer10@example.com");

        Assert.Equal(["1 × 2 at most 0", "4 × 2 at most 25.00", "5 × 2 at most 30"], await CartAsync(10));
    }

    [Theory]
    [InlineData("lines[0].at_most", "0")]
    [InlineData("lines[0].at_most", "-1")]
    [InlineData("lines[0].at_most", "1000000.01")]
    [InlineData("lines[0].at_most", "")]
    [InlineData("lines[0].at_most", "2e1")]
    public async Task What_no_checkout_sends_is_a_bad_request(string field, string value)
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 4, "1", "25");
        var checkout = await shopper.GetAsync("/checkout");

        Assert.Equal(HttpStatusCode.BadRequest, (await shopper.SubmitAsync(checkout, OrderForm, (field, value))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await shopper.SubmitAsync(checkout, OrderForm, (field, "25.00"), (field, "25.00"))).Status);

        Assert.Equal(0m, await HeldAsync(10));
    }

    [Fact]
    public async Task What_has_a_price_is_ordered_at_that_and_the_at_most_is_not_sent()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 4, "1", "25");
        await SetPriceAsync(100.00m);

        var checkout = await shopper.GetAsync("/checkout");

        Assert.Null(checkout.Document.QuerySelector("[name$='at_most']"));
        Assert.Contains("Buy for $100.00", checkout.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_checkout_says_what_is_held_and_until_when()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        await PutIntoCartAsync(shopper, 4, "2", "20");

        var checkout = await shopper.GetAsync("/checkout");

        Assert.Contains("$60.00 will be held, until", checkout.Text, StringComparison.Ordinal);
        Assert.Contains("never more than your “at most”", checkout.Text, StringComparison.Ordinal);
        Assert.Equal("60.00", checkout.Document.QuerySelector("[name='shown_total']")!.GetAttribute("value"));
        Assert.Single(checkout.Document.QuerySelectorAll("[name$='.at_most']"));
    }
}
