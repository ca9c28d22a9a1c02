using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

public sealed class AdminRequestsTests(PostgresServer server) : AdminPurchaseTest(server)
{
    private const string Approve = "main form[action$='handler=Approve']";
    private const string Decline = "main form[action$='handler=Decline']";

    [Fact]
    public async Task Approving_raises_the_limit_for_that_purchase_alone()
    {
        await BuyAsync();
        var purchase = await AskApprovalAsync();
        var page = await Admin.GetAsync("/admin/requests");
        foreach (var text in new[] { "For my sister's wedding", "2 × Product 3", "Raises the limit by $140.00 for this one purchase and returns it", "Spent in the last 90 days$40.00" })
            Assert.Contains(text, page.Text, StringComparison.Ordinal);
        Assert.Equal("1 waiting", Fold(page.Document.QuerySelector(".nav .count")!.TextContent));

        var saved = await Admin.SubmitAsync(page, Approve, ("note", "Enjoy"));

        Assert.Equal(HttpStatusCode.SeeOther, saved.Status);
        var after = await Admin.FollowAsync(saved);
        Assert.Contains("is approved: the limit was raised by $140.00 for it alone", after.Text, StringComparison.Ordinal);
        Assert.Contains("Nobody waits for an answer.", after.Text, StringComparison.Ordinal);
        Assert.Null(after.Document.QuerySelector(".nav .count"));
        Assert.Contains("Approved", after.Text, StringComparison.Ordinal);
        Assert.Equal("confirmed", await StatusAsync(purchase));
        Assert.Equal(
            ["limit_changed 640.00", "purchase_confirmed 640.00", "limit_took_effect 500.00"],
            await QueryAsync<string>("SELECT format('%s %s', kind, limit_at_time::numeric(12, 2)) FROM store.customer_event WHERE customer_id = 10 ORDER BY sequence_number OFFSET 4"));
        Assert.Equal(["640.00 500.00 640.00"], await QueryAsync<string>(
            "SELECT format('%s %s %s', amount, limit_amount::numeric(12, 2), ceiling) FROM store.customer_purchased_amount WHERE customer_id = 10"));
    }

    [Fact]
    public async Task Declining_needs_a_reason_that_the_customer_reads()
    {
        var purchase = await AskApprovalAsync();
        var page = await Admin.GetAsync("/admin/requests");

        var silent = await Admin.SubmitAsync(page, Decline, ("reason", " "));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, silent.Status);
        Assert.NotNull(silent.Document.QuerySelector("#reason-error"));
        Assert.Equal("awaiting_approval", await StatusAsync(purchase));

        var saved = await Admin.SubmitAsync(silent, Decline, ("reason", "Too much at once"));
        Assert.Contains("Declined", (await Admin.FollowAsync(saved)).Text, StringComparison.Ordinal);
        Assert.Equal("refused", await StatusAsync(purchase));
        Assert.Equal("Too much at once", await ScalarAsync<string>("SELECT reason FROM store.customer_event WHERE customer_id = 10 ORDER BY sequence_number DESC LIMIT 1"));
        Assert.Equal(0, await BoughtAsync(10));
    }

    [Theory]
    [InlineData(Approve)]
    [InlineData(Decline)]
    public async Task The_same_form_sent_twice_decides_once(string form)
    {
        await AskApprovalAsync();
        var page = await Admin.GetAsync("/admin/requests");
        var first = await Admin.SubmitAsync(page, form, ("reason", "why"));
        var events = await ScalarAsync<long>("SELECT count(*) FROM store.customer_event");

        var second = await Admin.SubmitAsync(page, form, ("reason", "why"));

        Assert.Equal((HttpStatusCode.SeeOther, HttpStatusCode.SeeOther), (first.Status, second.Status));
        Assert.Equal(events, await ScalarAsync<long>("SELECT count(*) FROM store.customer_event"));
    }

    [Fact]
    public async Task Who_comes_second_is_told_how_it_was_decided()
    {
        var purchase = await AskApprovalAsync();
        var page = await Admin.GetAsync("/admin/requests");
        await Admin.SubmitAsync(page, Decline, ("reason", "Too much at once"));

        var late = await Admin.SubmitAsync(page, Approve);

        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Contains("Nothing was changed: it is decided already. It was declined by admin", late.Text, StringComparison.Ordinal);
        Assert.Contains("Too much at once", late.Text, StringComparison.Ordinal);
        Assert.Equal("refused", await StatusAsync(purchase));
    }

    [Theory]
    [InlineData(Approve)]
    [InlineData(Decline)]
    public async Task Past_its_deadline_nobody_decides_it(string form)
    {
        var purchase = await AskApprovalAsync();
        var page = await Admin.GetAsync("/admin/requests");
        await PassDeadlineAsync(purchase);

        var late = await Admin.SubmitAsync(page, form, ("reason", "why"));

        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Contains("It expired, because nobody decided it in time.", late.Text, StringComparison.Ordinal);
        Assert.Equal("expired", await StatusAsync(purchase));
        var requests = await Admin.GetAsync("/admin/requests");
        Assert.Contains("Expired", requests.Text, StringComparison.Ordinal);
        Assert.Empty(requests.Document.QuerySelectorAll(Approve));
    }

    [Fact]
    public async Task Nobody_approves_more_than_they_read()
    {
        var purchase = await AskApprovalAsync();
        var page = await Admin.GetAsync("/admin/requests");
        await BuyAsync();

        var more = await Admin.SubmitAsync(page, Approve);

        Assert.Equal(HttpStatusCode.Conflict, more.Status);
        Assert.Contains("said the limit is raised by $100.00, but it would take $140.00 now", more.Text, StringComparison.Ordinal);
        Assert.Equal("awaiting_approval", await StatusAsync(purchase));
        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(more, Approve)).Status);
        Assert.Equal(640, await BoughtAsync(10));
    }

    [Fact]
    public async Task What_fits_by_now_needs_no_raise()
    {
        var purchase = await AskApprovalAsync();
        await ExecuteAsync("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT store.change_limit(10, gen_random_uuid(), 'lifetime', NULL, 700, NULL, NULL, 'why', 'admin 9'); COMMIT");
        var page = await Admin.GetAsync("/admin/requests");
        Assert.Contains("It fits by now: the limit stays as it is.", page.Text, StringComparison.Ordinal);

        await Admin.SubmitAsync(page, Approve);

        Assert.Equal("confirmed", await StatusAsync(purchase));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.limit_change"));
    }

    [Fact]
    public async Task What_is_no_longer_sold_is_not_approved()
    {
        var purchase = await AskApprovalAsync();
        var page = await Admin.GetAsync("/admin/requests");
        await ExecuteAsync("UPDATE store.product SET withdrawn_at = now() WHERE product_id = 3");

        var refused = await Admin.SubmitAsync(page, Approve);

        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains("A product in it is no longer sold", refused.Text, StringComparison.Ordinal);
        Assert.Equal("awaiting_approval", await StatusAsync(purchase));
    }

    [Fact]
    public async Task Nobody_decides_their_own()
    {
        var purchase = await AskApprovalAsync();

        var approved = await Store.ApprovePurchaseAsync(new ApproveRequest(10, purchase, 1000m, Guid.CreateVersion7(), "", "customer 10"));
        var declined = await Store.DeclinePurchaseAsync(10, purchase, "why", "customer 10");

        Assert.Equal((ApproveOutcome.OwnRequest, DeclineOutcome.OwnRequest), (approved.Outcome, declined.Outcome));
        Assert.Equal("awaiting_approval", await StatusAsync(purchase));
    }

    [Theory]
    [InlineData("note", 501, 422)]
    [InlineData("raiseShown", 0, 400)]
    [InlineData("raiseId", 0, 400)]
    public async Task What_makes_no_sense_decides_nothing(string field, int length, int status)
    {
        var purchase = await AskApprovalAsync();

        var refused = await Admin.SubmitAsync(await Admin.GetAsync("/admin/requests"), Approve, (field, new string('x', length)));

        Assert.Equal(status, (int)refused.Status);
        Assert.Equal("awaiting_approval", await StatusAsync(purchase));
    }

    [Fact]
    public async Task The_soonest_deadline_comes_first_and_what_was_withdrawn_is_listed_below()
    {
        var withdrawn = await AskApprovalAsync();
        await Store.CancelPurchaseAsync(10, withdrawn);
        var later = await AskApprovalAsync(customerId: 11);
        await ExecuteAsync("UPDATE store.store_setting SET approval_life = interval '1 day'");
        var sooner = await AskApprovalAsync();

        var page = await Admin.GetAsync("/admin/requests");

        Assert.Equal([PathOf(sooner), PathOf(later, 11)],
            page.Document.QuerySelectorAll("main h3 a[href^='/admin/purchases/']").Select(link => link.GetAttribute("href")));
        Assert.Contains("Withdrawn", page.Text, StringComparison.Ordinal);
        Assert.Contains("customer 10", page.Text, StringComparison.Ordinal);
    }

    private static string Fold(string text) => WebPage.Fold(text);
}
