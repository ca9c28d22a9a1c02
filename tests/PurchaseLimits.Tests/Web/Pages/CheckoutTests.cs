using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

/// <summary>Real HTTP, real antiforgery, real PostgreSQL: the store as a customer meets it.</summary>
public sealed class CheckoutTests(PostgresServer server) : StoreWebTest(server)
{
    private const string OrderForm = "main form[action='/checkout']";

    [Fact]
    public async Task Customer_10_at_480_sends_two_purchases_of_20_at_once_and_gets_one_fifty_times_over()
    {
        for (var round = 0; round < 50; round++)
        {
            await ResetAsync();
            await AddProductsAsync(20.00m, 480.00m);
            await AddSignInsAsync(10, 10);
            Assert.Equal("Confirmed", (await NewStoreOnce().PlacePurchaseAsync(await RequestAsync(10, productId: 2), Cancelled)).Outcome.ToString());
            using var first = await SignedInAsync("customer10@example.com");
            using var second = await SignedInAsync("customer10@example.com");
            await PutIntoCartAsync(first, 1, "1");
            // Both see it fit: $20.00 left.
            var pages = await Task.WhenAll(first.GetAsync("/checkout"), second.GetAsync("/checkout"));

            var answers = await Task.WhenAll(
                Task.Run(() => first.SubmitAsync(pages[0], OrderForm)),
                Task.Run(() => second.SubmitAsync(pages[1], OrderForm)));

            var confirmed = Assert.Single(answers, answer => answer.Status == HttpStatusCode.SeeOther);
            var refused = Assert.Single(answers, answer => answer.Status == HttpStatusCode.UnprocessableEntity);
            Assert.Contains("over your limit by $20.00", refused.Text, StringComparison.Ordinal);
            Assert.Contains("You have $0.00 left", refused.Text, StringComparison.Ordinal);
            Assert.Contains("Confirmed", (await first.FollowAsync(confirmed)).Text, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(500.00m, await BoughtAsync(10));
            Assert.Empty(await QueryAsync<string>("SELECT detail FROM store.integrity_violation"));
        }
    }

    [Fact]
    public async Task A_purchase_can_be_reloaded_sent_again_and_found_again()
    {
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "3");
        var checkout = await shopper.GetAsync("/checkout");
        Assert.Contains("$60.00", checkout.Text, StringComparison.Ordinal);

        var sent = await shopper.SubmitAsync(checkout, OrderForm);
        var sentAgain = await shopper.SubmitAsync(checkout, OrderForm);

        Assert.Equal(sent.Response.Headers.Location, sentAgain.Response.Headers.Location);
        var purchase = await shopper.FollowAsync(sent);
        Assert.Contains("$60.00", purchase.Text, StringComparison.Ordinal);
        Assert.Contains("$60.00", (await shopper.GetAsync("/purchases")).Text, StringComparison.Ordinal);
        Assert.Contains("$440.00", (await shopper.GetAsync("/allowance")).Text, StringComparison.Ordinal);
        Assert.Contains("nothing in your cart", (await shopper.GetAsync("/cart")).Text, StringComparison.Ordinal);
        Assert.Equal(60.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task The_same_page_with_another_quantity_is_another_purchase_under_a_used_key()
    {
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        var checkout = await shopper.GetAsync("/checkout");
        await shopper.SubmitAsync(checkout, OrderForm);

        var reused = await shopper.SubmitAsync(checkout, OrderForm, ("lines[0].quantity", "2"), ("shown_total", "40.00"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, reused.Status);
        Assert.Equal(20.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task One_cent_too_much_is_refused_with_what_is_left_and_stays_readable()
    {
        await AddProductsAsync(500.00m, 0.01m);
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 2, "1");
        var cents = await shopper.GetAsync("/checkout");
        await ExecuteAsync("DELETE FROM store.cart_line");
        await PutIntoCartAsync(shopper, 1, "1");
        Assert.Equal(HttpStatusCode.SeeOther, (await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), OrderForm)).Status);

        var refused = await shopper.SubmitAsync(cents, OrderForm);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("over your limit by $0.01", refused.Text, StringComparison.Ordinal);
        var id = await ScalarAsync<Guid>("SELECT purchase_id FROM store.purchase WHERE status = 'refused'");
        var recorded = await shopper.GetAsync($"/purchases/{id}");
        Assert.Equal(HttpStatusCode.OK, recorded.Status);
        Assert.Contains("$0.01", recorded.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_is_too_old_asks_again_with_the_new_total()
    {
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        var checkout = await shopper.GetAsync("/checkout");
        await NewStoreOnce().SetPriceAsync(new(1, 25.00m, null, "admin 1"));
        await ExecuteAsync("UPDATE store.store_setting SET quote_life = interval '1 microsecond'");

        var asked = await shopper.SubmitAsync(checkout, OrderForm);

        Assert.Equal(HttpStatusCode.Conflict, asked.Status);
        Assert.Contains("$25.00 now, not $20.00", asked.Text, StringComparison.Ordinal);
        Assert.Equal(0m, await BoughtAsync(10));
        await ExecuteAsync("UPDATE store.store_setting SET quote_life = interval '15 minutes'");
        Assert.Equal(HttpStatusCode.SeeOther, (await shopper.SubmitAsync(asked, OrderForm)).Status);
        Assert.Equal(25.00m, await BoughtAsync(10));
    }

    [Theory]
    [InlineData("lines[0].quantity", "0")]
    [InlineData("lines[0].quantity", "-1")]
    [InlineData("lines[0].quantity", "100")]
    [InlineData("lines[0].quantity", "0x10")]
    [InlineData("lines[0].quantity", "1,5")]
    [InlineData("lines[0].quantity", "١")]
    [InlineData("lines[0].quantity", "")]
    [InlineData("lines[0].quantity", null)]
    [InlineData("lines[0].product_id", "0")]
    [InlineData("lines[0].product_id", "99999999999999999999")]
    [InlineData("purchase_id", "1")]
    [InlineData("purchase_id", null)]
    [InlineData("priced_at", "yesterday")]
    [InlineData("priced_at", "2026-11-23")]
    [InlineData("shown_total", "0.005")]
    [InlineData("shown_total", "NaN")]
    [InlineData("shown_total", "10000000000")]
    [InlineData("shown_total", "-20.00")]
    [InlineData("shown_total", "2e1")]
    public async Task What_no_checkout_sends_is_a_bad_request_and_changes_nothing(string field, string? value)
    {
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        var checkout = await shopper.GetAsync("/checkout");

        Assert.Equal(HttpStatusCode.BadRequest, (await shopper.SubmitAsync(checkout, OrderForm, (field, value))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await shopper.SubmitAsync(checkout, OrderForm, (field, "1"), (field, "1"))).Status);

        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.customer_event"));
    }

    [Fact]
    public async Task Unknown_and_withdrawn_products_cannot_be_bought_and_prices_cannot_be_sent()
    {
        await AddProductsAsync(20.00m, 30.00m);
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        var checkout = await shopper.GetAsync("/checkout");
        await ExecuteAsync("UPDATE store.product SET withdrawn_at = now() WHERE product_id = 2");

        Assert.Equal(HttpStatusCode.Conflict, (await shopper.SubmitAsync(checkout, OrderForm, ("lines[0].product_id", "77"))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await shopper.SubmitAsync(checkout, OrderForm, ("lines[0].product_id", "2"))).Status);
        // Less than it costs was not what the page showed: asked again, at the real price.
        Assert.Equal(HttpStatusCode.Conflict, (await shopper.SubmitAsync(checkout, OrderForm, ("shown_total", "0.01"))).Status);
        var paid = await shopper.SubmitAsync(checkout, OrderForm,
            ("lines[0].unit_price", "0.01"), ("unit_price", "0.01"), ("customer_id", "11"), ("CustomerId", "11"));

        Assert.Equal(HttpStatusCode.SeeOther, paid.Status);
        Assert.Equal(20.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task Foreign_and_unknown_purchases_are_the_same_404()
    {
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 11);
        var request = await RequestAsync(10);
        await NewStoreOnce().PlacePurchaseAsync(request, Cancelled);
        using var other = await SignedInAsync("customer11@example.com");

        var foreign = await other.GetAsync($"/purchases/{request.PurchaseId}");
        var unknown = await other.GetAsync($"/purchases/{Guid.NewGuid()}");

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (foreign.Status, unknown.Status));
        Assert.Equal(unknown.Text, foreign.Text);
        Assert.NotEmpty(foreign.Text);
    }

    [Fact]
    public async Task Too_many_at_once_are_told_busy_and_may_send_the_same_again()
    {
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 10);
        await using var small = new WebStore(ConnectionString,
            new Dictionary<string, string> { ["Store:MaxWaitingPerCustomer"] = "1" });
        using var shopper = small.NewShopper();
        await shopper.SignInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        var pages = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => shopper.GetAsync("/checkout")));
        await using var holder = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await holder.BeginTransactionAsync(Cancelled);
        await Dapper.SqlMapper.ExecuteAsync(holder, "SELECT FROM store.customer_purchased_amount WHERE customer_id = 10 FOR UPDATE");

        var sending = pages.Select(page => shopper.SubmitAsync(page, OrderForm)).ToList();
        var turnedAway = await await Task.WhenAny(sending);
        await transaction.RollbackAsync(Cancelled);
        await Task.WhenAll(sending);

        Assert.Equal(HttpStatusCode.TooManyRequests, turnedAway.Status);
        Assert.Equal(TimeSpan.FromSeconds(1), turnedAway.Response.Headers.RetryAfter?.Delta);
        Assert.Contains("busy", turnedAway.Text, StringComparison.Ordinal);
        Assert.Equal(40.00m, await BoughtAsync(10));
        Assert.Equal(HttpStatusCode.SeeOther, (await shopper.SubmitAsync(turnedAway, OrderForm)).Status);
        Assert.Equal(60.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task A_form_without_its_token_and_one_that_is_too_large_buy_nothing()
    {
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        var checkout = await shopper.GetAsync("/checkout");

        var forged = await shopper.SubmitAsync(checkout, OrderForm, ("__RequestVerificationToken", null));
        var large = Shopper.Request(checkout, OrderForm, ("note", new string('x', 70_000)));
        // The store answers before the body is sent; a client that sent it all the same might find the door closed.
        large.Headers.ExpectContinue = true;
        var huge = await shopper.SendAsync(large);
        var chunked = Shopper.Request(checkout, OrderForm, ("note", new string('x', 70_000)));
        chunked.Headers.TransferEncodingChunked = true;

        Assert.Equal(HttpStatusCode.BadRequest, forged.Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, huge.Status);
        try
        {
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await shopper.SendAsync(chunked)).Status);
        }
        catch (HttpRequestException exception) when (exception.InnerException is IOException)
        {
            // It did not say how large it is: the store closed the connection in the middle of it.
        }

        Assert.All(new[] { forged, huge }, page => Assert.NotEmpty(page.Text));
        Assert.Equal(0m, await BoughtAsync(10));
    }

    private static async Task PutIntoCartAsync(Shopper shopper, long productId, string quantity)
    {
        var added = await shopper.SubmitAsync(await shopper.GetAsync($"/products/{productId}"), "main form[method='post']", ("quantity", quantity));
        Assert.Equal(HttpStatusCode.SeeOther, added.Status);
    }

    /// <summary>A store beside the web's own, as another process would have.</summary>
    private PurchaseLimits.Web.Store NewStoreOnce() => _other ??= NewStore();

    private PurchaseLimits.Web.Store? _other;
}
