using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin;

/// <summary>Raises that were asked for, as admins decide them.</summary>
public sealed class LimitRequestPagesTests(PostgresServer server) : AdminPurchaseTest(server)
{
    private const string Approve = "main form[action$='handler=Approve']";
    private const string Deny = "main form[action$='handler=Deny']";

    [Fact]
    public async Task A_raise_that_a_customer_asked_for_is_shown_and_approved()
    {
        await BuyAsync();
        var path = await AskAsync(800);
        var requests = await Admin.GetAsync("/admin/requests");
        foreach (var text in new[] { "For my wedding", "$500.00 → $800.00", "for good", "Bought in the last 30 days $40.00", "Bought in the last 90 days $40.00", "Left $460.00" })
            Assert.Contains(text, requests.Text, StringComparison.Ordinal);
        Assert.Equal("1 waiting", WebPage.Fold(requests.Document.QuerySelector(".nav .count")!.TextContent));
        Assert.Contains("asks for $800.00", (await Admin.GetAsync("/admin/customers/10")).Text, StringComparison.Ordinal);

        var page = await Admin.GetAsync(path);
        var saved = await Admin.SubmitAsync(page, Approve, ("note", "Enjoy"));

        Assert.Contains("Approved: $800.00 as the lifetime limit of Customer 10, at once.", (await Admin.FollowAsync(saved)).Text, StringComparison.Ordinal);
        Assert.Equal(800m, await LimitAsync());
        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(page, Approve, ("note", "Enjoy"))).Status); // a double click
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.limit_change"));
        Assert.Null((await Admin.GetAsync("/admin/requests")).Document.QuerySelector(".nav .count"));
    }

    [Fact]
    public async Task Another_amount_and_a_last_day_may_be_granted()
    {
        var page = await Admin.GetAsync(await AskAsync(800));

        await Admin.SubmitAsync(page, Approve, ("limitAfter", "650"), ("until", "2027-01-31"));

        Assert.Equal(["650 2027-02-01 00:00"], await QueryAsync<string>(
            "SELECT trim_scale(limit_after) || to_char(valid_to AT TIME ZONE 'UTC', ' YYYY-MM-DD HH24:MI') FROM store.limit_change"));
        Assert.Equal("For my wedding", await ScalarAsync<string>("SELECT reason FROM store.customer_event WHERE kind = 'limit_changed'"));
    }

    [Fact]
    public async Task What_is_offered_is_granted_to_the_microsecond()
    {
        var until = new DateTimeOffset(2027, 1, 31, 8, 30, 15, TimeSpan.Zero).AddMicroseconds(123_456);
        var page = await Admin.GetAsync(await AskAsync(800, until));

        await Admin.SubmitAsync(page, Approve);

        Assert.Equal(until, (await QueryAsync<DateTimeOffset>("SELECT valid_to FROM store.limit_change")).Single());
    }

    [Fact]
    public async Task A_raise_may_wait_for_the_stores_delay()
    {
        await ExecuteAsync("UPDATE store.store_setting SET raise_delay = interval '2 days'");
        var path = await AskAsync(800);

        var early = await Admin.SubmitAsync(await Admin.GetAsync(path), Approve,
            ("until", await ScalarAsync<string>("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')")));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, early.Status);
        Assert.Contains("It would end before it begins.", early.Text, StringComparison.Ordinal);

        var saved = await Admin.SubmitAsync(await Admin.GetAsync(path), Approve);
        Assert.Contains("the customer may take it back until then", (await Admin.FollowAsync(saved)).Text, StringComparison.Ordinal);
        Assert.Equal(500m, await LimitAsync());
        Assert.Contains("planned", (await Admin.GetAsync("/admin/customers/10")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Above_the_stores_bound_the_first_approval_is_noted_and_the_second_counts()
    {
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 600");
        using var other = await SecondAdminAsync();
        var path = await AskAsync(800);

        var first = await Admin.SubmitAsync(await Admin.GetAsync(path), Approve, ("limitAfter", "700"));
        Assert.Contains("is noted; a second admin has to approve the same amount", (await Admin.FollowAsync(first)).Text, StringComparison.Ordinal);
        Assert.Equal(500m, await LimitAsync());

        var again = await Admin.SubmitAsync(await Admin.GetAsync(path), Approve);
        Assert.Equal(HttpStatusCode.Forbidden, again.Status);
        Assert.Contains("nobody is their own second admin", again.Text, StringComparison.Ordinal);
        Assert.Equal(500m, await LimitAsync());

        var page = await other.GetAsync(path);
        Assert.Contains("approves $700.00", page.Text, StringComparison.Ordinal);
        Assert.Equal("700.00", page.Document.QuerySelector("#limitAfter")!.GetAttribute("value"));
        await other.SubmitAsync(page, Approve);
        Assert.Equal(700m, await LimitAsync());
    }

    [Fact]
    public async Task Denying_needs_a_reason_and_who_comes_second_is_told()
    {
        using var other = await SecondAdminAsync();
        var path = await AskAsync(800);
        var late = await other.GetAsync(path);

        var silent = await Admin.SubmitAsync(await Admin.GetAsync(path), Deny, ("reason", " "));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, silent.Status);
        Assert.NotNull(silent.Document.QuerySelector("#reason-error"));
        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(silent, Deny, ("reason", "Too much at once"))).Status);

        var told = await other.SubmitAsync(late, Approve);
        Assert.Equal(HttpStatusCode.Conflict, told.Status);
        Assert.Contains("Nothing was changed: it is decided already. It was denied by admin", told.Text, StringComparison.Ordinal);
        Assert.Contains("Too much at once", told.Text, StringComparison.Ordinal);
        Assert.Equal(500m, await LimitAsync());
        Assert.Equal("denied", await ScalarAsync<string>("SELECT status FROM store.limit_request"));
    }

    [Fact]
    public async Task What_is_no_raise_any_more_and_what_needs_a_right_are_told()
    {
        var path = await AskAsync(800);
        await ExecuteAsync("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT store.change_limit(10, gen_random_uuid(), 'lifetime', NULL, 900, NULL, NULL, 'why', 'admin 9'); COMMIT");

        var low = await Admin.SubmitAsync(await Admin.GetAsync(path), Approve);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, low.Status);
        Assert.Contains("The lifetime limit is $900.00 by now: this is no raise.", low.Text, StringComparison.Ordinal);

        var none = await Admin.SubmitAsync(await Admin.GetAsync(path), Approve, ("limitAfter", ""), ("noLimit", "yes"));
        Assert.Equal(HttpStatusCode.Forbidden, none.Status);
        Assert.Contains("needs a right that you do not have", none.Text, StringComparison.Ordinal);
        Assert.Equal(("pending", 900m), (await ScalarAsync<string>("SELECT status FROM store.limit_request"), await LimitAsync()));
    }

    [Theory]
    [InlineData("limitAfter", "1000000000", 422)]
    [InlineData("limitAfter", "9999999999.99", 422)]
    [InlineData("limitAfter", null, 400)]
    [InlineData("noLimit", "yes", 422)] // beside an amount
    [InlineData("noLimit", "1", 400)]
    [InlineData("until", "2027-02-30", 422)]
    [InlineData("until", "2020-01-01", 422)]
    [InlineData("until", null, 400)]
    [InlineData("note", "a\u0001b", 400)]
    [InlineData("note", "a\nb", 422)]
    [InlineData("limitChangeId", "7", 400)]
    public async Task What_makes_no_sense_decides_nothing(string field, string? value, int status)
    {
        var page = await Admin.GetAsync(await AskAsync(800));

        Assert.Equal(status, (int)(await Admin.SubmitAsync(page, Approve, (field, value))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Admin.SubmitAsync(page, Approve, ("limitAfter", "800"), ("limitAfter", "900"))).Status);
        Assert.Equal(("pending", 500m), (await ScalarAsync<string>("SELECT status FROM store.limit_request"), await LimitAsync()));
    }

    [Fact]
    public async Task Nobody_finds_a_request_under_another_customer()
    {
        var path = await AskAsync(800);

        Assert.Equal(HttpStatusCode.NotFound, (await Admin.GetAsync(path.Replace("/10/", "/11/", StringComparison.Ordinal))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Admin.GetAsync($"/admin/requests/limits/10/{Guid.NewGuid()}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Admin.GetAsync("/admin/requests/limits/10/x")).Status);
        using var shopper = await SignedInAsync("customer10@example.com");
        Assert.NotEqual(HttpStatusCode.OK, (await shopper.GetAsync(path)).Status);
    }

    [Fact]
    public async Task Approving_a_purchase_names_the_windows_that_it_raises()
    {
        await ExecuteAsync("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT store.change_limit(10, gen_random_uuid(), 'day', NULL, 30, NULL, NULL, 'why', 'admin 9'); COMMIT");
        var purchase = await AskApprovalAsync(); // $600.00 of $500.00 in all and $30.00 a day
        foreach (var path in new[] { "/admin/requests", PathOf(purchase), $"/admin/requests/10/{purchase}" })
        {
            Assert.Contains("Raises the lifetime limit by $100.00, the day limit by $570.00 for this one purchase and returns them.",
                (await Admin.GetAsync(path)).Text, StringComparison.Ordinal);
        }

        var page = await Admin.GetAsync("/admin/requests");
        var saved = await Admin.SubmitAsync(page, Approve);

        Assert.Contains("the lifetime limit and the day limit were raised, by $570.00 at most, for it alone", (await Admin.FollowAsync(saved)).Text, StringComparison.Ordinal);
        Assert.Equal("confirmed", await StatusAsync(purchase));
        Assert.Equal(500m, await LimitAsync());
    }

    private Task<decimal> LimitAsync() => ScalarAsync<decimal>("SELECT limit_amount FROM store.customer_purchased_amount WHERE customer_id = 10");

    /// <summary>Asks as the customer; returns the path of the page that decides it.</summary>
    private async Task<string> AskAsync(decimal wanted, DateTimeOffset? until = null)
    {
        var requestId = Guid.CreateVersion7();
        var reply = await Store.RequestOwnLimitAsync(new LimitRaiseRequest(10, requestId, LimitWindow.Lifetime, wanted, until, "For my wedding"));
        Assert.Equal(LimitRaiseOutcome.Requested, reply.Outcome);
        return $"/admin/requests/limits/10/{requestId:D}";
    }

    private async Task<Shopper> SecondAdminAsync()
    {
        await AddSecondAdminAsync();
        return await SignedInAsync("second@example.com");
    }
}
