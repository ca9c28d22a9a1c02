using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

/// <summary>A purchase that waits: for a price, or for a worker.</summary>
public sealed class ProcessingTests(PostgresServer server) : PurchaseWebTest(server)
{
    [Fact]
    public async Task It_is_held_until_its_deadline_and_bought_at_the_real_price_once_that_is_there()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        await PutIntoCartAsync(shopper, 4, "2", "20");
        var checkout = await shopper.GetAsync("/checkout");
        var path = (await shopper.SubmitAsync(checkout, OrderForm)).Response.Headers.Location!.ToString();
        Assert.Equal(path, (await shopper.SubmitAsync(checkout, OrderForm)).Response.Headers.Location!.ToString());

        var waiting = await shopper.GetAsync(path);
        Assert.Contains("Product 4 has no price yet", waiting.Text, StringComparison.Ordinal);
        Assert.Contains("$60.00 is held until", waiting.Text, StringComparison.Ordinal);
        var until = await ScalarAsync<DateTime>("SELECT expires_at FROM store.purchase");
        Assert.Contains(waiting.Document.QuerySelectorAll("main .notice time"),
            time => time.GetAttribute("datetime") == until.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));
        Assert.Equal(path, waiting.Document.QuerySelector("#purchase")!.GetAttribute("data-refresh-url"));
        Assert.Contains("$60.00 for purchase", (await shopper.GetAsync("/allowance")).Text, StringComparison.Ordinal);
        Assert.Contains("nothing in your cart", (await shopper.GetAsync("/cart")).Text, StringComparison.Ordinal);

        await SetPriceAsync(15.00m);

        var bought = await UntilAsync(shopper, path, "bought for $50.00");
        Assert.Contains("$60.00 was held for it; the other $10.00 is free again", bought.Text, StringComparison.Ordinal);
        Assert.Equal("", bought.Document.QuerySelector("#purchase")!.GetAttribute("data-refresh-url"));
        Assert.Equal((50.00m, 0m), (await BoughtAsync(10), await HeldAsync(10)));
        var statement = (await shopper.GetAsync("/allowance")).Text;
        Assert.Contains("The price came. Bought for $50.00", statement, StringComparison.Ordinal);
        Assert.Contains("+$50.00 −$60.00 $50.00", statement, StringComparison.Ordinal);
        // The page of then, sent again, leads to what became of it and buys nothing new.
        Assert.Equal(path, (await shopper.SubmitAsync(checkout, OrderForm)).Response.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_price_above_the_at_most_refuses_it_and_it_can_be_ordered_again()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        await PutIntoCartAsync(shopper, 4, "2", "20");
        var path = await OrderAsync(shopper);

        await SetPriceAsync(20.01m);

        var refused = await UntilAsync(shopper, path, "Nothing was bought, and nothing was charged");
        Assert.Contains("Product 4 costs $20.01, which is above the", refused.Text, StringComparison.Ordinal);
        Assert.Contains("$60.00 that was held is free again", refused.Text, StringComparison.Ordinal);
        // Not a question of the limit: nobody can be asked.
        Assert.Null(refused.Document.QuerySelector("#note"));
        var again = await PressAsync(shopper, refused, "Again");
        Assert.Equal("/cart", again.Response.Headers.Location!.ToString());
        Assert.Equal(["1 × 1 at most 0", "4 × 2 at most 20.00"], await CartAsync(10));
        Assert.Equal((0m, 0m), (await BoughtAsync(10), await HeldAsync(10)));
    }

    [Fact]
    public async Task It_can_be_cancelled_once_and_then_too_late()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 4, "1", "20");
        var path = await OrderAsync(shopper);
        var waiting = await shopper.GetAsync(path);

        var cancelled = await shopper.FollowAsync(await PressAsync(shopper, waiting, "Cancel"));
        var again = await shopper.FollowAsync(await PressAsync(shopper, waiting, "Cancel"));

        Assert.Contains("You cancelled this purchase", cancelled.Text, StringComparison.Ordinal);
        Assert.Contains("It was cancelled already", again.Text, StringComparison.Ordinal);
        Assert.Equal(0m, await HeldAsync(10));
        await PutIntoCartAsync(shopper, 1, "1");
        var bought = await OrderAsync(shopper);
        var late = await shopper.SubmitAsync(waiting, "main form[action$='handler=Cancel']");
        Assert.Equal(HttpStatusCode.SeeOther, late.Status);
        var request = Shopper.Request(waiting, "main form[action$='handler=Cancel']");
        request.RequestUri = new Uri($"{bought}?handler=Cancel", UriKind.Relative);
        Assert.Contains("too late to cancel", (await shopper.FollowAsync(await shopper.SendAsync(request))).Text, StringComparison.Ordinal);
        Assert.Equal(20.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task Past_its_deadline_it_expires_and_what_was_held_is_free()
    {
        await ExecuteAsync("UPDATE store.store_setting SET hold_life = interval '1 millisecond'");
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 4, "1", "20");

        var expired = await UntilAsync(shopper, await OrderAsync(shopper), "Expired: the price did not come in time.");

        Assert.NotNull(expired.Document.QuerySelector("#again"));
        Assert.Contains("$20.00 that was held is free again", expired.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Past_its_deadline_nothing_is_said_to_be_held_even_before_a_worker_wrote_that_down()
    {
        await ExecuteAsync("UPDATE store.store_setting SET hold_life = interval '1 millisecond'");
        await Web.DisposeAsync();
        await using var still = NewWebWithoutWorkers();
        using var shopper = await SignedInAsync(still, "customer10@example.com");
        await PutIntoCartAsync(shopper, 4, "1", "20");

        var page = await UntilAsync(shopper, await OrderAsync(shopper), "Its time is over");

        Assert.Contains("nothing is held for it any more", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("is held until", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deferred_it_is_processing_at_once_and_then_confirmed_or_refused()
    {
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 2, "1");
        var checkout = await shopper.GetAsync("/checkout");
        Assert.Contains("confirms it a little later", checkout.Text, StringComparison.Ordinal);
        var first = await OrderAsync(shopper);
        await UntilAsync(shopper, first, "Confirmed: bought for $300.00");

        await PutIntoCartAsync(shopper, 3, "1");
        var sent = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), OrderForm);

        Assert.Equal(HttpStatusCode.SeeOther, sent.Status);
        var refused = await UntilAsync(shopper, sent.Response.Headers.Location!.ToString(), "over your limit by $50.00");
        Assert.NotNull(refused.Document.QuerySelector("#note"));
        Assert.Equal(300.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task Not_decided_before_the_customer_is_frozen_it_says_what_it_waits_for()
    {
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        await Web.DisposeAsync();
        await using var still = NewWebWithoutWorkers();
        using var shopper = await SignedInAsync(still, "customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        var sent = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), OrderForm);
        await ExecuteAsync("UPDATE store.customer_purchased_amount SET is_frozen = true");

        var page = await shopper.FollowAsync(sent);

        Assert.Contains("it is decided once your account is no longer on hold. Nothing is bought yet.", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("it is being decided", page.Text, StringComparison.Ordinal);
        await ExecuteAsync("UPDATE store.customer_purchased_amount SET is_frozen = false");
    }

    [Fact]
    public async Task Not_decided_yet_it_says_so_can_be_sent_again_and_can_be_cancelled()
    {
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        await Web.DisposeAsync();
        await using var still = NewWebWithoutWorkers();
        using var shopper = await SignedInAsync(still, "customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        await PutIntoCartAsync(shopper, 4, "1", "25");
        var checkout = await shopper.GetAsync("/checkout");

        var sent = await shopper.SubmitAsync(checkout, OrderForm);
        var resent = await shopper.SubmitAsync(checkout, OrderForm);

        Assert.Equal((HttpStatusCode.SeeOther, HttpStatusCode.SeeOther), (sent.Status, resent.Status));
        Assert.Equal(sent.Response.Headers.Location, resent.Response.Headers.Location);
        var page = await shopper.FollowAsync(sent);
        Assert.Contains("it is being decided. Nothing is bought yet.", page.Text, StringComparison.Ordinal);
        Assert.Contains("1 × at most $25.00, no price yet", page.Text, StringComparison.Ordinal);
        Assert.Contains("1 × $20.00", page.Text, StringComparison.Ordinal);
        foreach (var list in new[] { "/purchases", "/purchases?status=processing" })
            Assert.Contains("Product 1 and Product 4", (await shopper.GetAsync(list)).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Product 1", (await shopper.GetAsync("/purchases?status=confirmed")).Text, StringComparison.Ordinal);

        var cancelled = await shopper.FollowAsync(await PressAsync(shopper, page, "Cancel"));

        Assert.Contains("You cancelled this purchase", cancelled.Text, StringComparison.Ordinal);
        // The same key leads to what became of it, and buys nothing.
        Assert.Equal(sent.Response.Headers.Location, (await shopper.SubmitAsync(checkout, OrderForm)).Response.Headers.Location);
        Assert.Equal((0m, 0m), (await BoughtAsync(10), await HeldAsync(10)));
    }
}
