using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

/// <summary>What people see of a freeze, over real HTTP.</summary>
public sealed class FrozenCustomerTests(PostgresServer server) : AdminPurchaseTest(server)
{
    private LedgerBreaker Breaker => field ??= new LedgerBreaker(Superuser);

    public static TheoryData<string> Ways => [.. LedgerBreaker.Ways.Keys];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_customer_is_told_plainly_and_can_look_at_everything(string way)
    {
        await BuyAsync();
        var over = await BeRefusedAsync();
        using var shopper = await SignedInAsync("customer10@example.com");
        Assert.Single((await shopper.GetAsync($"/purchases/{over}")).Document.QuerySelectorAll("#ask"));
        await PutIntoCartAsync(shopper);
        var checkout = await shopper.GetAsync("/checkout");
        await Breaker.BreakAsync(way, 10);

        var refused = await shopper.SubmitAsync(checkout, "main form[action='/checkout']");

        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains("Nothing was bought, charged or changed.", refused.Text, StringComparison.Ordinal);
        Assert.Contains("customer number, 10", refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("row says", refused.Document.Body!.TextContent, StringComparison.Ordinal);
        Assert.Single(refused.Document.QuerySelectorAll("aside.alarm"));
        foreach (var path in new[] { "/", "/cart", "/checkout", "/products/1", "/purchases", "/allowance", "/limit", "/account" })
        {
            var page = await shopper.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, page.Status);
            Assert.Contains("on hold while we check our books", page.Document.QuerySelector("aside.alarm")!.TextContent, StringComparison.Ordinal);
        }

        Assert.Empty((await shopper.GetAsync("/checkout")).Document.QuerySelectorAll("main form[action='/checkout']"));
        Assert.Empty((await shopper.GetAsync($"/purchases/{over}")).Document.QuerySelectorAll("#ask"));
        Assert.Contains("once your account is no longer on hold", (await shopper.GetAsync("/cart")).Text, StringComparison.Ordinal);

        // The same form, once all is well again.
        await Breaker.MendAsync(10);
        await Store.ReleaseCustomerAsync(10, "why", "admin 1");
        Assert.Equal(HttpStatusCode.SeeOther, (await shopper.SubmitAsync(checkout, "main form[action='/checkout']")).Status);
        Assert.Empty((await shopper.GetAsync("/")).Document.QuerySelectorAll("aside.alarm"));
    }

    [Fact]
    public async Task Admins_are_alarmed_on_every_page_and_release_it_once_it_is_mended()
    {
        var bought = await BuyAsync();
        Assert.Empty((await Admin.GetAsync("/admin/customers")).Document.QuerySelectorAll("aside.alarm"));
        var refund = await Admin.GetAsync($"{PathOf(bought)}/refund");
        await Breaker.BreakAsync("limit raised", 10);

        var refused = await Admin.SubmitAsync(refund, "main form[method='post']", ("way", "all"), ("reason", "Arrived broken"));

        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains("Nothing was changed.", refused.Text, StringComparison.Ordinal);
        Assert.Contains("limit 10000", refused.Text, StringComparison.Ordinal);
        Assert.NotNull(refused.Document.QuerySelector("main a[href='/admin/integrity']"));
        foreach (var path in new[] { "/admin/customers", "/admin/customers/10", PathOf(bought), "/admin/audit", "/admin/requests" })
            Assert.Contains("1 customer is frozen", (await Admin.GetAsync(path)).Document.QuerySelector("aside.alarm")!.TextContent, StringComparison.Ordinal);

        var customer = await Admin.GetAsync("/admin/customers/10");
        Assert.Contains("Frozen since", customer.Text, StringComparison.Ordinal);
        var release = await Admin.GetAsync(customer.Document.QuerySelector("main a[href$='/release']")!.GetAttribute("href")!);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Admin.SubmitAsync(release, "main form", ("reason", " "))).Status);
        var still = await Admin.SubmitAsync(release, "main form", ("reason", "It will be fine."));
        Assert.Equal(HttpStatusCode.Conflict, still.Status);
        Assert.Contains("Row and ledger still differ", still.Text, StringComparison.Ordinal);

        await Breaker.MendAsync(10);
        var done = await Admin.SubmitAsync(release, "main form", ("reason", "Restored from the backup."));
        Assert.Equal(HttpStatusCode.SeeOther, done.Status);
        var released = await Admin.FollowAsync(done);
        Assert.Contains("is released", released.Text, StringComparison.Ordinal);
        Assert.Empty(released.Document.QuerySelectorAll("aside.alarm"));
        Assert.Equal(HttpStatusCode.NotFound, (await Admin.GetAsync("/admin/customers/10/release")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Admin.GetAsync("/admin/customers/x/release")).Status);
        foreach (var filter in new[] { "", "?customer=10", "?kind=releases" })
        {
            var audit = (await Admin.GetAsync($"/admin/audit{filter}")).Text;
            Assert.Contains("Released a frozen customer", audit, StringComparison.Ordinal);
            Assert.Contains("Restored from the backup.", audit, StringComparison.Ordinal);
        }

    }

    [Fact]
    public async Task What_was_asked_for_while_the_store_confirms_later_is_neither_decided_nor_lost()
    {
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        var request = await RequestAsync(10);
        Assert.Equal(PurchaseOutcome.Processing, (await Store.PlacePurchaseAsync(request, Cancelled)).Outcome);
        using var shopper = await SignedInAsync("customer10@example.com");
        Assert.Single((await shopper.GetAsync($"/purchases/{request.PurchaseId}")).Document.QuerySelectorAll("#cancel"));
        await Breaker.BreakAsync("held", 10);

        // A process whose workers run.
        await using var web = new WebStore(ConnectionString, new Dictionary<string, string> { ["Workers:PollInterval"] = "00:00:00.05" });
        await UntilAsync("SELECT is_frozen FROM store.customer_purchased_amount WHERE customer_id = 10");
        // Nor is anything offered that would be refused.
        var frozen = await shopper.GetAsync($"/purchases/{request.PurchaseId}");
        Assert.Contains("once your account is no longer on hold", frozen.Text, StringComparison.Ordinal);
        Assert.Empty(frozen.Document.QuerySelectorAll("#cancel"));
        var other = await RequestAsync(11);
        await web.Services.GetRequiredService<PurchaseLimits.Web.Store>().PlacePurchaseAsync(other, Cancelled);
        await UntilAsync("SELECT EXISTS (SELECT FROM store.purchase WHERE customer_id = 11)");
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.purchase_request WHERE customer_id = 10"));
        Assert.Equal(1, await ScalarAsync<long>("SELECT last_sequence_number FROM store.customer_purchased_amount WHERE customer_id = 10"));
        // Nobody would decide another one: it is not taken.
        await Assert.ThrowsAsync<CustomerFrozenException>(async () => await Store.PlacePurchaseAsync(await RequestAsync(10), Cancelled));
        // It is passed by: nobody asks for its lock again and again.
        var calls = await CallsAsync();
        await Task.Delay(TimeSpan.FromSeconds(3), Cancelled);
        Assert.True(await CallsAsync() - calls <= 1, "A worker keeps asking for a frozen customer.");

        await Breaker.MendAsync(10);
        await Store.ReleaseCustomerAsync(10, "why", "admin 1");
        await UntilAsync("SELECT EXISTS (SELECT FROM store.purchase WHERE customer_id = 10 AND status = 'confirmed')");
        Assert.Equal(request.PurchaseId, await ScalarAsync<Guid>("SELECT purchase_id FROM store.purchase WHERE customer_id = 10"));
    }

    // How often a transaction ended in an error: a frozen customer costs one each time it is asked for.
    private Task<long> CallsAsync() => ScalarAsync<long>(
        "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()");

    private static async Task PutIntoCartAsync(Shopper shopper)
    {
        var added = await shopper.SubmitAsync(await shopper.GetAsync("/products/1"), "main form[method='post']", ("quantity", "1"));
        Assert.Equal(HttpStatusCode.SeeOther, added.Status);
    }
}
