using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

/// <summary>One purchase and the list of them.</summary>
public sealed class PurchaseTests(PostgresServer server) : PurchaseWebTest(server)
{
    [Fact]
    public async Task Foreign_and_unknown_purchases_are_the_same_404_for_every_handler()
    {
        using var owner = await SignedInAsync("customer10@example.com");
        var (refused, path) = await OrderTooMuchAsync(owner);
        await PutIntoCartAsync(owner, 4, "1", "20");
        await ExecuteAsync("DELETE FROM store.cart_line WHERE product_id <> 4");
        var waiting = await owner.GetAsync(await OrderAsync(owner));
        using var other = await SignedInAsync("customer11@example.com");
        var token = (await other.GetAsync("/")).Document.QuerySelector("[name='__RequestVerificationToken']")!.GetAttribute("value");
        var before = await ScalarAsync<long>("SELECT count(*) FROM store.customer_event");

        foreach (var (page, handler) in new[] { (refused, "Drop"), (refused, "Again"), (refused, "Approval"), (waiting, "Cancel") })
        {
            var answers = new List<WebPage>();
            foreach (var id in new[] { null, Guid.NewGuid().ToString() })
            {
                var request = Shopper.Request(page, $"main form[action$='handler={handler}']", ("__RequestVerificationToken", token), ("note", "Please"));
                if (id is not null)
                    request.RequestUri = new Uri($"/purchases/{id}?handler={handler}", UriKind.Relative);
                answers.Add(await other.SendAsync(request));
            }

            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.NotFound, answer.Status));
            Assert.Equal(answers[0].Text, answers[1].Text);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(path)).Status);
        Assert.Equal(before, await ScalarAsync<long>("SELECT count(*) FROM store.customer_event"));
        Assert.Empty(await CartAsync(11));
    }

    [Fact]
    public async Task A_form_without_its_token_changes_nothing()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 4, "1", "20");
        var waiting = await shopper.GetAsync(await OrderAsync(shopper));

        var forged = await PressAsync(shopper, waiting, "Cancel", ("__RequestVerificationToken", null));

        Assert.Equal(HttpStatusCode.BadRequest, forged.Status);
        Assert.Equal(20.00m, await HeldAsync(10));
    }

    [Fact]
    public async Task Too_many_at_once_are_told_busy_and_may_send_the_same_again()
    {
        await using var small = new WebStore(ConnectionString,
            new Dictionary<string, string> { ["Store:MaxWaitingPerCustomer"] = "1", ["Workers:Enabled"] = "false" });
        using var shopper = await SignedInAsync(small, "customer10@example.com");
        await PutIntoCartAsync(shopper, 4, "1", "20");
        var waiting = await shopper.GetAsync(await OrderAsync(shopper));
        await using var holder = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await holder.BeginTransactionAsync(Cancelled);
        await Dapper.SqlMapper.ExecuteAsync(holder, "SELECT FROM store.customer_purchased_amount WHERE customer_id = 10 FOR UPDATE");

        var sending = Enumerable.Range(0, 3).Select(_ => PressAsync(shopper, waiting, "Cancel")).ToList();
        var turnedAway = await await Task.WhenAny(sending);
        await transaction.RollbackAsync(Cancelled);
        await Task.WhenAll(sending);

        Assert.Equal(HttpStatusCode.TooManyRequests, turnedAway.Status);
        Assert.Equal(TimeSpan.FromSeconds(1), turnedAway.Response.Headers.RetryAfter?.Delta);
        Assert.Contains("busy", turnedAway.Text, StringComparison.Ordinal);
        Assert.NotNull(turnedAway.Document.QuerySelector("#cancel"));
        Assert.Equal(0m, await HeldAsync(10));
    }

    [Fact]
    public async Task Refunds_say_how_much_of_what_and_whether_it_may_be_bought_for_again()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "3");
        var path = await OrderAsync(shopper);
        var id = Guid.Parse(path.Split('/')[^1]);
        var store = Web.Services.GetRequiredService<PurchaseLimits.Web.Store>();
        await store.RefundPurchaseAsync(new(10, id, Guid.CreateVersion7(), null, [new(1, 1)], "It was broken", "admin 1"));

        var partly = await shopper.GetAsync(path);
        Assert.Contains("$20.00 of $60.00 was refunded. It no longer counts toward your limit.", partly.Text, StringComparison.Ordinal);
        Assert.Contains("1 of 3 refunded", partly.Text, StringComparison.Ordinal);
        Assert.Contains("1 of Product 1", partly.Text, StringComparison.Ordinal);

        await ExecuteAsync("UPDATE store.store_setting SET refund_restores_allowance = false");
        await store.RefundPurchaseAsync(new(10, id, Guid.CreateVersion7(), 40.00m, [], "Never mind", "admin 1"));

        var all = await shopper.GetAsync(path);
        Assert.Contains("All of it was refunded: $60.00. $20.00 of it no longer counts toward your limit; the rest still does", all.Text, StringComparison.Ordinal);
        Assert.Contains("“It was broken”", all.Text, StringComparison.Ordinal);
        var statement = (await shopper.GetAsync("/allowance")).Text;
        Assert.Contains("−$20.00", statement, StringComparison.Ordinal);
        Assert.Contains("Refunded $40.00. It still counts toward the limit.", statement, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_has_every_status_and_shows_only_the_one_that_was_asked_for()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        var (refused, _) = await OrderTooMuchAsync(shopper);
        await ExecuteAsync("DELETE FROM store.cart_line");
        await PutIntoCartAsync(shopper, 1, "1");
        await OrderAsync(shopper);
        await PutIntoCartAsync(shopper, 4, "1", "20");
        var waiting = await OrderAsync(shopper);

        Assert.Equal(["Processing", "Confirmed", "Refused"], Badges(await shopper.GetAsync("/purchases")));
        Assert.Equal(["Refused"], Badges(await shopper.GetAsync("/purchases?status=refused")));
        await PressAsync(shopper, await shopper.GetAsync(waiting), "Cancel");
        await PressAsync(shopper, refused, "Approval", ("note", "Please"));
        Assert.Equal(["Cancelled", "Confirmed", "Awaiting approval"], Badges(await shopper.GetAsync("/purchases")));
        foreach (var (status, name) in new[] { ("cancelled", "Cancelled"), ("awaiting_approval", "Awaiting approval"), ("confirmed", "Confirmed") })
            Assert.Equal([name], Badges(await shopper.GetAsync($"/purchases?status={status}")));
        foreach (var status in new[] { "processing", "refused", "expired", "refunded", "partly_refunded" })
            Assert.Contains("There is nothing here that is", (await shopper.GetAsync($"/purchases?status={status}")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await shopper.GetAsync("/purchases?status=lost")).Status);
    }

    [Fact]
    public async Task Pages_of_twenty_lead_back_and_forth_with_what_is_not_decided_yet_among_them()
    {
        await SetPriceAsync(0.01m);
        var store = NewStore();
        for (var i = 0; i < 23; i++)
            await store.PlacePurchaseAsync(await RequestAsync(10, productId: 4), Cancelled);
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        await Web.DisposeAsync();
        await store.PlacePurchaseAsync(await RequestAsync(10, productId: 4), Cancelled);
        await using var still = NewWebWithoutWorkers();
        using var shopper = await SignedInAsync(still, "customer10@example.com");

        var newest = await shopper.GetAsync("/purchases");
        var oldest = await shopper.GetAsync(newest.Document.QuerySelector("a[rel=next]")!.GetAttribute("href")!);
        var back = await shopper.GetAsync(oldest.Document.QuerySelector("a[rel=prev]")!.GetAttribute("href")!);

        Assert.Equal((20, 4), (Badges(newest).Count, Badges(oldest).Count));
        Assert.Equal("Processing", Badges(newest)[0]);
        Assert.Equal(newest.Text, back.Text);
        Assert.Equal(24, Links(newest).Concat(Links(oldest)).Distinct().Count());
    }

    private static List<string> Badges(WebPage page) =>
        [.. page.Document.QuerySelectorAll("main table .badge").Select(badge => badge.TextContent)];

    private static List<string> Links(WebPage page) =>
        [.. page.Document.QuerySelectorAll("main table a").Select(link => link.GetAttribute("href")!)];
}
