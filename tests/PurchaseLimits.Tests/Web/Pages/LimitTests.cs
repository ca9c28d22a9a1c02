using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

/// <summary>My limit: customers see all of their limits, lower them at once, and ask for more.</summary>
public sealed class LimitTests(PostgresServer server) : PurchaseWebTest(server)
{
    private const string LowerForm = "main form[action$='handler=Lower']";
    private const string RaiseForm = "main form[action$='handler=Raise']";

    private PurchaseLimits.Web.Store Store => Web.Services.GetRequiredService<PurchaseLimits.Web.Store>();

    [Fact]
    public async Task Lowering_is_confirmed_first_and_then_counts_at_once()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "2");
        await OrderAsync(shopper);

        var asked = await shopper.SubmitAsync(await shopper.GetAsync("/limit"), LowerForm, ("limitAfter", "100"));
        Assert.Contains("Your limit is $500.00 now. From the moment you confirm it is $100.00, for good.", asked.Text, StringComparison.Ordinal);
        Assert.Contains("you can ask for more later, and an admin decides", asked.Text, StringComparison.Ordinal);
        Assert.Equal(500m, await LimitAsync());

        var lowered = await shopper.SubmitAsync(asked, LowerForm);
        Assert.Equal(100m, await LimitAsync());
        var page = await shopper.FollowAsync(lowered);
        Assert.Contains("Your limit was lowered to $100.00. You have $60.00 left.", page.Text, StringComparison.Ordinal);
        Assert.Contains("Lowered by you", page.Text, StringComparison.Ordinal);

        // The same form once more is the same change; another amount under its key is none.
        Assert.Equal(HttpStatusCode.SeeOther, (await shopper.SubmitAsync(asked, LowerForm)).Status);
        var reused = await shopper.SubmitAsync(asked, LowerForm, ("limitAfter", "50"), ("confirmed", "lifetime 50.00"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, reused.Status);
        Assert.Contains("Nothing was changed now", reused.Text, StringComparison.Ordinal);
        Assert.Equal(100m, await LimitAsync());
        Assert.Equal(HttpStatusCode.SeeOther, (await shopper.SubmitAsync(reused, LowerForm)).Status);
        Assert.Equal(50m, await LimitAsync());
    }

    [Fact]
    public async Task A_first_weekly_limit_is_lowering_too_and_what_was_bought_this_week_counts()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "2");
        await OrderAsync(shopper);
        var page = await shopper.GetAsync("/limit");
        Assert.Contains("You have no limit of your own for each day or for each week or for each month or for each year.", page.Text, StringComparison.Ordinal);
        Assert.Empty(page.Document.QuerySelectorAll($"{RaiseForm} option[value='week']"));

        var asked = await shopper.SubmitAsync(page, LowerForm, ("window", "week"), ("limitAfter", "30"));
        Assert.Contains("You have no weekly limit now.", asked.Text, StringComparison.Ordinal);
        var done = await shopper.FollowAsync(await shopper.SubmitAsync(asked, LowerForm));

        Assert.Contains("Your weekly limit was lowered to $30.00. You are over it by $10.00: what you order next is refused until it resets.", done.Text, StringComparison.Ordinal);
        var week = WebPage.Fold(done.Document.QuerySelector("#limit-week")!.TextContent);
        Assert.Contains("Bought $40.00 Held $0.00 Over by $10.00 Weekly limit $30.00 resets", week, StringComparison.Ordinal);
        Assert.Contains("Weekly limit changed from no limit to $30.00 by you", (await shopper.GetAsync("/allowance")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("500")]
    [InlineData("500.01")]
    [InlineData("9999999999.99")]
    [InlineData("-1")]
    [InlineData("1e2")]
    [InlineData("NaN")]
    [InlineData("")]
    public async Task What_is_not_lower_or_no_amount_changes_nothing_confirmed_or_not(string amount)
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        foreach (var confirmed in new[] { null, $"lifetime {amount}.00", $"lifetime {amount}" })
        {
            var refused = await shopper.SubmitAsync(await shopper.GetAsync("/limit"), LowerForm, ("limitAfter", amount), ("confirmed", confirmed));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
            Assert.NotNull(refused.Document.QuerySelector("#limitAfter[aria-invalid='true']"));
            Assert.EndsWith("Nothing was changed.", refused.Document.QuerySelector("#limitAfter-error")!.TextContent, StringComparison.Ordinal);
        }

        Assert.Equal(1, await EventsAsync());
    }

    [Fact]
    public async Task Forms_that_no_page_sent_and_windows_that_are_none_are_refused()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        var page = await shopper.GetAsync("/limit");

        Assert.Equal(HttpStatusCode.BadRequest, (await shopper.GetAsync("/limit?window=decade")).Status);
        foreach (var (form, field, value) in new[]
                 {
                     (LowerForm, "window", "decade"), (LowerForm, "limitChangeId", "1"), (LowerForm, "limitChangeId", null),
                     (RaiseForm, "window", "Lifetime"), (RaiseForm, "limitRequestId", ""), (RaiseForm, "window", null),
                 })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await shopper.SubmitAsync(page, form, (field, value))).Status);
        }

        using var visitor = Web.NewShopper();
        Assert.Contains("/sign-in", (await visitor.GetAsync("/limit")).Response.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await EventsAsync());
    }

    [Fact]
    public async Task A_raise_is_asked_for_once_seen_and_taken_back()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        var asked = await RaiseAsync(shopper, "750", "Moving house");

        Assert.Contains("A limit of $750.00 instead of $500.00, asked for", asked.Text, StringComparison.Ordinal);
        Assert.Contains("“Moving house”", asked.Text, StringComparison.Ordinal);
        var twice = await shopper.SubmitAsync(asked, RaiseForm, ("limitWanted", "800"), ("note", "More"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, twice.Status);
        Assert.Contains("You asked for a higher limit already", twice.Document.QuerySelector("#window-error")!.TextContent, StringComparison.Ordinal);

        // Nobody else's: the same 404 as for what is not there.
        using var other = await SignedInAsync("customer11@example.com");
        var otherPage = await RaiseAsync(other, "600", "Me too");
        var mine = asked.Document.QuerySelector("input[name='limitRequestId'][type='hidden']")!.GetAttribute("value");
        foreach (var id in new[] { mine, Guid.NewGuid().ToString("D") })
            Assert.Equal(HttpStatusCode.NotFound, (await PressAsync(other, otherPage, "Cancel", ("limitRequestId", id))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PressAsync(other, otherPage, "Cancel", ("limitRequestId", "x"))).Status);

        var back = await shopper.FollowAsync(await PressAsync(shopper, asked, "Cancel"));
        Assert.Contains("Taken back. Your limit stays what it is.", back.Text, StringComparison.Ordinal);
        Assert.Contains("Taken back by you: a limit of $750.00", back.Text, StringComparison.Ordinal);
        Assert.Contains("You took it back already.", (await shopper.FollowAsync(await PressAsync(shopper, asked, "Cancel"))).Text, StringComparison.Ordinal);
        var statement = (await shopper.GetAsync("/allowance")).Text;
        Assert.Contains("Asked for a limit of $750.00, by you: “Moving house”", statement, StringComparison.Ordinal);
        Assert.Contains("The request for a limit of $750.00 was taken back, by you", statement, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("500", "", "Why", "limitWanted", "Your limit is $500.00 already.")]
    [InlineData("abc", "", "Why", "limitWanted", "Write an amount in US dollars")]
    [InlineData("9999999999.99", "", "Why", "limitWanted", "Write an amount in US dollars")]
    [InlineData("750", "2020-01-31", "Why", "until", "That day is over.")]
    [InlineData("750", "2027-02-30", "Why", "until", "Write a day like")]
    [InlineData("750", "9999-12-31", "Why", "until", "Write a day like")]
    [InlineData("750", "", " ", "note", "Write 1 to 500 characters")]
    public async Task What_cannot_be_asked_for_says_why_at_its_field(string amount, string until, string note, string field, string sentence)
    {
        using var shopper = await SignedInAsync("customer10@example.com");

        var refused = await shopper.SubmitAsync(await shopper.GetAsync("/limit"), RaiseForm, ("limitWanted", amount), ("until", until), ("note", note));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.StartsWith(sentence, refused.Document.QuerySelector($"#{field}-error")!.TextContent, StringComparison.Ordinal);
        Assert.Contains($"{field}-error", refused.Document.QuerySelector($"main [name='{field}'][aria-invalid]")!.GetAttribute("aria-describedby")!, StringComparison.Ordinal);
        Assert.Equal(1, await EventsAsync());
    }

    [Fact]
    public async Task The_last_day_of_a_raise_ends_with_the_stores_day()
    {
        // Clocks go back on 7 November 2027, when the day has 25 hours.
        await ExecuteAsync("UPDATE store.store_setting SET time_zone = 'America/New_York'");
        using var shopper = await SignedInAsync("customer10@example.com");

        await RaiseAsync(shopper, "750", "Until the clocks go back", "2027-11-07");

        Assert.Equal(new DateTimeOffset(2027, 11, 8, 5, 0, 0, TimeSpan.Zero), await ScalarAsync<DateTime>("SELECT valid_to FROM store.limit_request"));
    }

    [Fact]
    public async Task A_denial_is_shown_with_what_the_admin_wrote()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await RaiseAsync(shopper, "750", "Moving house");
        await Store.DenyLimitRequestAsync(10, await RequestIdAsync(), "Not before <spring>", "admin 1");

        var page = await shopper.GetAsync("/limit");

        Assert.Contains("Denied: a limit of $750.00", page.Text, StringComparison.Ordinal);
        Assert.Contains("The admin wrote: “Not before <spring>”", page.Text, StringComparison.Ordinal);
        Assert.Contains("The request for a limit of $750.00 was denied, by an admin: “Not before <spring>”", (await shopper.GetAsync("/allowance")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_raise_that_has_not_begun_can_be_taken_back()
    {
        await ExecuteAsync("UPDATE store.store_setting SET raise_delay = interval '2 days'");
        using var shopper = await SignedInAsync("customer10@example.com");
        var asked = await RaiseAsync(shopper, "750", "Moving house");
        Assert.Contains("A raise begins 2 days after that; until then you can take it back.", asked.Text, StringComparison.Ordinal);
        await Store.ApproveLimitRequestAsync(new(10, await RequestIdAsync(), Guid.CreateVersion7(), 700m, null, "As much as we can", "admin 1"));

        var page = await shopper.GetAsync("/limit");
        Assert.Contains(": a limit of $700.00. Take this raise back", WebPage.Fold(page.Document.QuerySelector("#limit-lifetime")!.TextContent), StringComparison.Ordinal);
        Assert.Contains("Granted: $700.00 from", page.Text, StringComparison.Ordinal);
        Assert.Contains("The admin wrote: “As much as we can”", page.Text, StringComparison.Ordinal);
        Assert.Contains("Limit set to become $700.00 from", (await shopper.GetAsync("/allowance")).Text, StringComparison.Ordinal);

        var back = await shopper.FollowAsync(await PressAsync(shopper, page, "End"));
        Assert.Contains("Taken back: it will not begin.", back.Text, StringComparison.Ordinal);
        Assert.Null(back.Document.QuerySelector("form[action$='handler=End']"));
        Assert.Contains("It was taken back already.", (await shopper.FollowAsync(await PressAsync(shopper, page, "End"))).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await PressAsync(shopper, page, "End", ("limitChangeId", Guid.NewGuid().ToString("D")))).Status);
        Assert.Contains("The change of the limit to $700.00 was ended before it began, by you", (await shopper.GetAsync("/allowance")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_a_limit_comes_from_and_what_comes_after_a_temporary_one()
    {
        await ChangeAsync(LimitWindow.Lifetime, 800m, validTo: DateTimeOffset.UtcNow.AddDays(3));
        await ChangeAsync(LimitWindow.Month, 400m);
        using var shopper = await SignedInAsync("customer10@example.com");

        var page = await shopper.GetAsync("/limit");

        var lifetime = WebPage.Fold(page.Document.QuerySelector("#limit-lifetime")!.TextContent);
        Assert.Matches(@"Set by an admin, .* “Because” Temporary until .*, then \$500\.00\.", lifetime);
        Assert.Contains("Each month", WebPage.Fold(page.Document.QuerySelector("#limit-month")!.TextContent), StringComparison.Ordinal);
        Assert.Matches(@"Limit changed from \$500\.00 to \$800\.00, until .* by an admin", (await shopper.GetAsync("/allowance")).Text);
    }

    [Fact]
    public async Task No_limit_is_said_in_words_and_never_as_a_number()
    {
        await ExecuteAsync("INSERT INTO store.admin_right (actor, right_name) VALUES ('admin 1', 'no_limit')");
        await ChangeAsync(LimitWindow.Lifetime, Limit.None);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 2, "9");
        var cart = await shopper.GetAsync("/cart");
        Assert.Contains("Fits. You have no limit.", cart.Text, StringComparison.Ordinal);
        var checkout = await shopper.GetAsync("/checkout");
        var path = await OrderAsync(shopper);

        foreach (var page in new[] { cart, checkout, await shopper.GetAsync(path), await shopper.GetAsync("/"), await shopper.GetAsync("/products/1"), await shopper.GetAsync("/allowance"), await shopper.GetAsync("/limit"), await shopper.GetAsync("/purchases") })
        {
            Assert.DoesNotContain("999,999", page.Document.DocumentElement.TextContent, StringComparison.Ordinal);
            Assert.Contains("No limit", page.Document.QuerySelector("#strip")!.TextContent, StringComparison.Ordinal);
        }

        await ChangeAsync(LimitWindow.Lifetime, 0m);
        Assert.Contains("you may not buy", (await shopper.GetAsync("/allowance")).Text + (await shopper.GetAsync("/limit")).Text, StringComparison.Ordinal);
    }

    private static async Task<WebPage> RaiseAsync(Shopper shopper, string amount, string note, string until = "")
    {
        var sent = await shopper.SubmitAsync(await shopper.GetAsync("/limit"), RaiseForm, ("limitWanted", amount), ("note", note), ("until", until));
        Assert.Equal(HttpStatusCode.SeeOther, sent.Status);
        return await shopper.FollowAsync(sent);
    }

    private async Task ChangeAsync(LimitWindow window, decimal limitAfter, DateTimeOffset? validTo = null) =>
        Assert.Equal(LimitChangeOutcome.Changed, (await Store.ChangeLimitAsync(new LimitChangeRequest(
            10, Guid.CreateVersion7(), window, null, limitAfter, null, validTo, "Because", "admin 1"))).Outcome);

    private Task<decimal> LimitAsync() =>
        ScalarAsync<decimal>("SELECT limit_amount FROM store.customer_purchased_amount WHERE customer_id = 10");

    private Task<long> EventsAsync() =>
        ScalarAsync<long>("SELECT last_sequence_number FROM store.customer_purchased_amount WHERE customer_id = 10");

    private Task<Guid> RequestIdAsync() => ScalarAsync<Guid>("SELECT limit_request_id FROM store.limit_request WHERE customer_id = 10");
}
