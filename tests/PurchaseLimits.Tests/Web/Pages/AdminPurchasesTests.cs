using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

public sealed class AdminPurchasesTests(PostgresServer server) : AdminPurchaseTest(server)
{
    private const string Cancel = "main form[action$='handler=Cancel']";
    private static readonly (string, string?) s_why = ("reason", "No longer made");
    private const string Retry = "main form[action$='handler=Retry']";

    [Fact]
    public async Task Everybodys_purchases_are_listed_newest_first_page_by_page()
    {
        for (var i = 0; i < 51; i++)
            await BuyAsync(productId: 4, quantity: 1, customerId: 10 + (i % 2));

        var first = await Admin.GetAsync("/admin/purchases");
        Assert.Equal(Numbers(51, 2), Listed(first));
        var second = await FollowAsync(first, "next");
        Assert.Equal([1L], Listed(second));
        Assert.Equal(Numbers(51, 2), Listed(await FollowAsync(second, "prev")));
        Assert.Null(first.Document.QuerySelector("a[rel='prev']"));
        Assert.Null(second.Document.QuerySelector("a[rel='next']"));

        static IEnumerable<long> Numbers(int from, int to) => Enumerable.Range(to, from - to + 1).Reverse().Select(number => (long)number);
    }

    [Fact]
    public async Task Filters_list_one_state_and_count_what_waits()
    {
        var purchases = new Dictionary<string, Guid>
        {
            ["confirmed"] = await BuyAsync(),
            ["partly-refunded"] = await BuyAsync(),
            ["refunded"] = await BuyAsync(),
            ["refused"] = await BeRefusedAsync(),
            ["cancelled"] = await WaitForPriceAsync(),
            ["expired"] = await AskApprovalAsync(),
        };
        await RefundAsync(purchases["partly-refunded"], 10);
        await RefundAsync(purchases["refunded"], 40);
        await Store.CancelPurchaseAsync(10, purchases["cancelled"], "no longer wanted", "admin 1");
        await PassDeadlineAsync(purchases["expired"]);
        await Store.DecidePurchaseRequestsAsync(10, 0);
        Assert.Equal("expired", await StatusAsync(purchases["expired"]));
        purchases["processing"] = await WaitForPriceAsync();
        purchases["awaiting-approval"] = await AskApprovalAsync();
        purchases["past-deadline"] = await AskApprovalAsync(customerId: 11);
        await PassDeadlineAsync(purchases["past-deadline"]);

        foreach (var (status, purchase) in purchases)
        {
            var page = await Admin.GetAsync($"/admin/purchases?status={status}");
            Assert.Contains(page.Document.QuerySelectorAll("tbody td:first-child a"), link => link.GetAttribute("href")!.EndsWith($"/{purchase}", StringComparison.Ordinal));
            Assert.Equal(status == "awaiting-approval" ? 2 : 1, Listed(page).Count);
        }

        var all = await Admin.GetAsync("/admin/purchases");
        Assert.Equal(purchases.Count, Listed(all).Count);
        foreach (var chip in new[] { "Processing 1", "Awaiting approval 2", "Past deadline 1" })
            Assert.Contains(chip, all.Document.QuerySelectorAll(".chips a").Select(link => WebPage.Fold(link.TextContent)));

        // The deadline that passed is moved by hand above, which the integrity rules see until it is settled.
        await Store.DecidePurchaseRequestsAsync(11, 0);
    }

    [Fact]
    public async Task Search_finds_an_order_number_a_purchase_id_and_a_customer()
    {
        var first = await BuyAsync();
        await BuyAsync();
        await BuyAsync(customerId: 11);

        foreach (var (search, found) in new (string, long[])[]
                 {
                     ("1", [1]), ("11", [3]), ("10", [2, 1]), (first.ToString(), [1]), ("customer11@", [3]), ("Customer", [3, 2, 1]),
                     ("zzzzz", []), ("99", []), (Guid.Empty.ToString(), []), ("%25", []),
                 })
        {
            // The customers' names end in their number: 1 is a part of both.
            var listed = Listed(await Admin.GetAsync($"/admin/purchases?search={search}"));
            Assert.Equal(search == "1" ? [3, 2, 1] : found, listed);
        }
    }

    [Theory]
    [InlineData("status=everything")]
    [InlineData("before=x")]
    [InlineData("before=1&after=2")]
    [InlineData("before=99999999999999999999")]
    public async Task A_list_that_nobody_can_mean_is_a_400(string query) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await Admin.GetAsync($"/admin/purchases?{query}")).Status);

    [Fact]
    public async Task Unknown_and_others_purchases_are_the_same_404()
    {
        var purchase = await BuyAsync();
        var expected = (await Admin.GetAsync("/admin/no-such-page")).Text;
        foreach (var path in new[]
                 {
                     PathOf(Guid.Empty), PathOf(purchase, 11), PathOf(purchase, 99), "/admin/purchases/10/x", $"/admin/purchases/x/{purchase}",
                     $"{PathOf(purchase, 11)}/refund", $"/admin/requests/11/{purchase}", $"/admin/purchases/10/{purchase:N}",
                 })
        {
            var page = await Admin.GetAsync(path);
            Assert.Equal((HttpStatusCode.NotFound, expected), (page.Status, page.Text));
        }
    }

    [Fact]
    public async Task Customers_and_visitors_reach_none_of_these_pages()
    {
        var purchase = await BuyAsync();
        using var customer = await SignedInAsync("customer10@example.com");
        using var visitor = Web.NewShopper();
        foreach (var path in new[] { "/admin/purchases", PathOf(purchase), $"{PathOf(purchase)}/refund", "/admin/requests", $"/admin/requests/10/{purchase}" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await customer.GetAsync(path)).Status);
            Assert.Equal(HttpStatusCode.Redirect, (await visitor.GetAsync(path)).Status);
        }
    }

    [Fact]
    public async Task Cancelling_what_waits_for_a_price_releases_its_hold()
    {
        var purchase = await WaitForPriceAsync();
        Assert.Equal(40, await HeldAsync());
        var page = await Admin.GetAsync(PathOf(purchase));
        Assert.Contains("for the price of Product 5. $40.00 is held for it.", page.Text, StringComparison.Ordinal);
        Assert.Empty(page.Document.QuerySelectorAll(Retry));

        var unsaid = await Admin.SubmitAsync(page, Cancel);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, unsaid.Status);
        Assert.Contains("Say why", unsaid.Text, StringComparison.Ordinal);
        Assert.Equal(40, await HeldAsync());
        var cancelled = await Admin.FollowAsync(await Admin.SubmitAsync(page, Cancel, s_why));

        Assert.Contains("is cancelled, and $40.00 that was held for it is free again.", cancelled.Text, StringComparison.Ordinal);
        Assert.Equal(("cancelled", 0m), (await StatusAsync(purchase), await HeldAsync()));
        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(page, Cancel, s_why)).Status);
        Assert.Equal("No longer made", await ScalarAsync<string>("SELECT reason FROM store.customer_event WHERE kind = 'purchase_cancelled'"));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.customer_event WHERE kind = 'purchase_cancelled'"));
    }

    [Fact]
    public async Task A_customers_page_leads_to_where_a_hold_is_released()
    {
        var purchase = await WaitForPriceAsync();

        var customer = await Admin.GetAsync("/admin/customers/10");

        Assert.Contains(customer.Document.QuerySelectorAll("main a"), link =>
            link.GetAttribute("href") == PathOf(purchase) && link.TextContent.StartsWith("Release", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_decided_meanwhile_is_not_cancelled()
    {
        var purchase = await WaitForPriceAsync();
        var page = await Admin.GetAsync(PathOf(purchase));
        await Store.SetPriceAsync(new PriceRequest(UnpricedProduct, 15.00m, null, "admin 1"));
        Assert.Equal(ResumeOutcome.Confirmed, await Store.ResumePurchaseAsync(10, purchase));

        var late = await Admin.SubmitAsync(page, Cancel, s_why);

        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Contains("too late to cancel: the purchase is confirmed by now", late.Text, StringComparison.Ordinal);
        Assert.Equal(30, await BoughtAsync(10));
    }

    [Fact]
    public async Task What_no_worker_has_decided_yet_is_listed_and_may_be_cancelled()
    {
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        var request = await RequestAsync(10);
        Assert.Equal(PurchaseOutcome.Processing, (await Store.PlacePurchaseAsync(request, Cancelled)).Outcome);

        var list = await Admin.GetAsync("/admin/purchases?status=processing");
        Assert.Contains("Not decided for", list.Text, StringComparison.Ordinal);
        Assert.Contains("Processing 1", list.Text, StringComparison.Ordinal);
        var page = await Admin.GetAsync(PathOf(request.PurchaseId));
        var told = await Admin.FollowAsync(await Admin.SubmitAsync(page, Retry));
        Assert.Contains("A worker was told to look at purchase", told.Text, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(page, Cancel, s_why)).Status);
        Assert.Equal("cancelled", await StatusAsync(request.PurchaseId));
        Assert.Equal(HttpStatusCode.Conflict, (await Admin.SubmitAsync(page, Retry)).Status);
    }

    private Task<decimal> HeldAsync() => ScalarAsync<decimal>("SELECT held FROM store.customer_purchased_amount WHERE customer_id = 10");

    private async Task RefundAsync(Guid purchaseId, decimal amount) =>
        Assert.Equal(RefundOutcome.Refunded, (await Store.RefundPurchaseAsync(new RefundRequest(10, purchaseId, Guid.CreateVersion7(), amount, [], "why", "admin 1"))).Outcome);

    private Task<WebPage> FollowAsync(WebPage page, string rel) =>
        Admin.GetAsync(page.Document.QuerySelector($"a[rel='{rel}']")!.GetAttribute("href")!);

    /// <summary>Order numbers in the purchase of the page.</summary>
    private static IReadOnlyList<long> Listed(WebPage page) =>
        [.. page.Document.QuerySelectorAll("tbody td:first-child a").Select(link => long.Parse(link.TextContent, System.Globalization.CultureInfo.InvariantCulture))];
}
