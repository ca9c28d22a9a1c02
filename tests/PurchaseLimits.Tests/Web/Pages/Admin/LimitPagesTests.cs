using System.Globalization;
using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin;

/// <summary>The pages on which admins see and change limits.</summary>
public sealed class LimitPagesTests(PostgresServer server) : AdminPurchaseTest(server)
{
    private const string Page = "/admin/customers/10/limit";
    private const string Check = $"main form[action='{Page}?handler=Check']";
    private const string Edit = $"main form[action='{Page}?handler=Edit']";
    private const string AskForm = $"main form[action='{Page}?handler=Ask']";
    private const string Save = $"main form[action='{Page}']";
    private const string End = "main form[action$='/end']";

    [Fact]
    public async Task A_limit_a_day_is_set_shown_and_refuses()
    {
        await SaveAsync(("window", "day"), ("limitAfter", "50"), ("reason", "Too fast"));

        var customer = await Admin.GetAsync("/admin/customers/10");
        foreach (var text in new[] { "Day limit: no limit → $50.00", "Too fast", "Set for this customer. Resets" })
            Assert.Contains(text, customer.Text, StringComparison.Ordinal);
        Assert.Equal(PurchaseOutcome.OverLimit, (await Store.PlacePurchaseAsync(await RequestAsync(10, quantity: 3), Cancelled)).Outcome);
        await BuyAsync();
        Assert.Contains("Left $10.00 Limit $50.00", (await Admin.GetAsync("/admin/customers/10")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_second_step_shows_what_a_window_without_a_limit_has_already()
    {
        await BuyAsync();

        var shown = await CheckAsync(("window", "month"), ("limitAfter", "15"), ("reason", "why"));

        Assert.Contains("puts Customer 10 over by $25.00: every new purchase is refused, refunds still work. It resets", shown.Text, StringComparison.Ordinal);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.limit_change"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Admin.SubmitAsync(shown, Save)).Status);
        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(shown, Save, ("understood", "15.00"))).Status);
    }

    [Fact]
    public async Task What_was_written_can_be_changed_before_it_is_saved()
    {
        var shown = await CheckAsync(("window", "week"), ("limitAfter", "70"), ("until", "2027-01-31"), ("reason", "First thought"));

        var again = await Admin.SubmitAsync(shown, Edit);

        Assert.Equal(
            ("week", "70", "2027-01-31", "First thought"),
            (again.Document.QuerySelector("option[selected]")!.GetAttribute("value")!, Value(again, "#limitAfter"), Value(again, "#until"),
             again.Document.QuerySelector("#reason")!.TextContent));
    }

    [Fact]
    public async Task What_is_set_to_come_in_its_time_is_said_before_it_is_saved()
    {
        var day = DateTime.UtcNow.Date;
        await Store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 900m, new DateTimeOffset(day.AddDays(5), TimeSpan.Zero), new DateTimeOffset(day.AddDays(20), TimeSpan.Zero), "why", "admin 1"));

        var forGood = (await CheckAsync(("window", "lifetime"), ("limitAfter", "450"), ("reason", "why"))).Text;
        var before = (await CheckAsync(("window", "lifetime"), ("limitAfter", "450"), ("until", $"{day.AddDays(3):yyyy-MM-dd}"), ("reason", "why"))).Text;
        var within = (await CheckAsync(("window", "lifetime"), ("limitAfter", "450"), ("from", $"{day.AddDays(7):yyyy-MM-dd}"), ("reason", "why"))).Text;

        Assert.Contains("it becomes $900.00 until", forGood, StringComparison.Ordinal);
        Assert.Contains("$500.00 → $450.00", forGood, StringComparison.Ordinal);
        Assert.DoesNotContain("it becomes", before, StringComparison.Ordinal);
        Assert.DoesNotContain("it becomes", within, StringComparison.Ordinal);
        Assert.Contains("$900.00 → $450.00", within, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusals_that_would_have_passed_are_counted_for_the_limit_that_refused()
    {
        await SetLimitAsync("day", 50);
        var byDay = await RequestAsync(10, quantity: 3);
        await Store.PlacePurchaseAsync(byDay, Cancelled); // $60.00 of $50.00 a day
        var byLifetime = await BeRefusedAsync(); // $600.00: of both, the lifetime limit refuses

        foreach (var (window, limit, passed) in new[] { ("lifetime", "599.99", null), ("lifetime", "600", byLifetime), ("day", "59.99", null), ("day", "60", (Guid?)byDay.PurchaseId) })
        {
            var shown = await CheckAsync(("window", window), ("limitAfter", limit), ("reason", "why"));
            Assert.Contains(passed is null ? "No refusal of the last 90 days would have passed it." : "1 refusal in 90 days would have passed", shown.Text, StringComparison.Ordinal);
            Assert.Equal(passed is { } id ? [PathOf(id)] : [], shown.Document.QuerySelectorAll("main a[href^='/admin/purchases/']").Select(link => link.GetAttribute("href")));
        }

        await MoveRefusalsAsync("- interval '91 days'");
        try
        {
            Assert.Contains("No refusal of the last 90 days", (await CheckAsync(("limitAfter", "600"), ("reason", "why"))).Text, StringComparison.Ordinal);
        }
        finally
        {
            await MoveRefusalsAsync("+ interval '91 days'");
        }
    }

    [Fact]
    public async Task Who_comes_second_sees_what_the_first_changed_and_confirms_again()
    {
        using var other = await SecondAdminAsync();
        var mine = await CheckAsync(("limitAfter", "700"), ("reason", "two"));
        var theirs = await other.SubmitAsync(await other.GetAsync(Page), Check, ("window", "day"), ("limitAfter", "90"), ("reason", "A day is enough"));
        await other.SubmitAsync(theirs, Save);

        var late = await Admin.SubmitAsync(mine, Save);

        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Contains($"Day limit: no limit → $90.00, by {await ActorAsync("second@example.com")}", late.Text, StringComparison.Ordinal);
        Assert.Contains("“A day is enough”", late.Text, StringComparison.Ordinal);
        Assert.Equal(500m, await LimitAsync());
        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(late, Save)).Status);
        Assert.Equal(700m, await LimitAsync());
    }

    [Fact]
    public async Task To_take_a_limit_away_needs_a_right()
    {
        var without = await Admin.SubmitAsync(await CheckAsync(("noLimit", "yes"), ("reason", "Staff")), Save);
        Assert.Equal(HttpStatusCode.Forbidden, without.Status);
        Assert.Contains("needs a right that you do not have", without.Text, StringComparison.Ordinal);
        Assert.Equal(500m, await LimitAsync());

        await ExecuteAsync("INSERT INTO store.admin_right (actor, right_name) VALUES (@actor, 'no_limit')", new { actor = await ActorAsync("admin@example.com") });
        await SaveAsync(("noLimit", "yes"), ("reason", "Staff"));

        Assert.Equal(Limit.None, await LimitAsync());
        foreach (var path in new[] { "/admin/customers/10", "/admin/customers?use=none", Page })
        {
            var page = await Admin.GetAsync(path);
            page.Document.QuerySelector("#statement")?.Remove(); // a part of the customers' pages too, tested with them
            Assert.Contains("no limit", page.Text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("9,999,999,999", page.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_high_raise_is_asked_for_and_a_second_admin_approves_it()
    {
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 1000");
        using var other = await SecondAdminAsync();

        var refused = await Admin.SubmitAsync(await CheckAsync(("limitAfter", "2000"), ("until", "2027-06-30"), ("reason", "Fits out an office")), Save);
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(refused, AskForm)).Status);

        // Nothing of it is this admin's to decide: not on the page, and not by the other's form.
        var path = await DecisionPathAsync();
        Assert.Empty((await Admin.GetAsync(path)).Document.QuerySelectorAll("form[action$='handler=Approve']"));
        Assert.Equal(500m, await LimitAsync());
        var theirs = await other.GetAsync(path);
        Assert.Contains("Fits out an office", theirs.Text, StringComparison.Ordinal);
        Assert.Equal(("2000.00", "2027-06-30"), (Value(theirs, "#limitAfter"), Value(theirs, "#until")));
        var stolen = Shopper.Request(theirs, "form[action$='handler=Approve']", ("__RequestVerificationToken", Value(await Admin.GetAsync(path), "input[name='__RequestVerificationToken']")));
        var own = await Admin.SendAsync(stolen);
        Assert.Equal(HttpStatusCode.Forbidden, own.Status);
        Assert.Contains("nobody decides their own", own.Text, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.SeeOther, (await other.SubmitAsync(theirs, "form[action$='handler=Approve']")).Status);
        Assert.Equal(2000m, await LimitAsync());
        Assert.Equal("2027-07-01 00:00", await ScalarAsync<string>("SELECT to_char(valid_to AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM store.limit_change"));
    }

    [Fact]
    public async Task What_one_admin_asked_for_that_admin_may_take_back()
    {
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 1000");
        var refused = await Admin.SubmitAsync(await CheckAsync(("limitAfter", "2000"), ("reason", "why")), Save);
        await Admin.SubmitAsync(refused, AskForm);

        var twice = await Admin.SubmitAsync(await Admin.SubmitAsync(await CheckAsync(("limitAfter", "3000"), ("reason", "why")), Save), AskForm);
        Assert.Equal(HttpStatusCode.Conflict, twice.Status);
        Assert.Contains("a raise of this limit waits already", twice.Text, StringComparison.Ordinal);

        var cancelled = await Admin.SubmitAsync(await Admin.GetAsync(await DecisionPathAsync()), "form[action$='handler=Cancel']");
        Assert.Contains("was taken back", (await Admin.FollowAsync(cancelled)).Text, StringComparison.Ordinal);
        Assert.Equal("cancelled", await ScalarAsync<string>("SELECT status FROM store.limit_request"));
    }

    [Fact]
    public async Task A_date_is_one_of_the_stores_zone_also_where_its_clocks_are_set()
    {
        await ExecuteAsync("UPDATE store.store_setting SET time_zone = 'America/New_York'");
        Assert.Contains("From when, in America/New_York", (await Admin.GetAsync(Page)).Text, StringComparison.Ordinal);

        var skipped = await CheckAsync(("limitAfter", "900"), ("from", "2027-03-14T02:30"), ("reason", "why"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, skipped.Status);
        Assert.Contains("There is no such time in America/New_York that day", skipped.Text, StringComparison.Ordinal);

        await SaveAsync(("limitAfter", "900"), ("from", "2027-03-14T03:00"), ("until", "2027-03-14"), ("reason", "Pi day"));
        await SaveAsync(("limitAfter", "910"), ("from", "2027-11-07T01:30"), ("until", "2027-11-07"), ("reason", "Set back"));

        Assert.Equal(
            ["2027-03-14 07:00 2027-03-15 04:00", "2027-11-07 05:30 2027-11-08 05:00"],
            await QueryAsync<string>(
                "SELECT to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI ') || to_char(valid_to AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM store.limit_change ORDER BY valid_from"));
        Assert.Equal(500m, await LimitAsync());
    }

    [Fact]
    public async Task What_begins_later_is_taken_back_and_what_is_temporary_is_ended()
    {
        await SaveAsync(("limitAfter", "900"), ("from", "2027-03-14T03:00"), ("reason", "Planned raise"));
        await SaveAsync(("limitAfter", "800"), ("until", "2027-01-31"), ("reason", "For the holidays"));
        Assert.Equal(800m, await LimitAsync());

        foreach (var (words, reason) in new[] { ("Take it back", "Not needed"), ("End it now", "Enough") })
        {
            var customer = await Admin.GetAsync("/admin/customers/10");
            var link = customer.Document.QuerySelectorAll(".timeline a").Single(a => a.TextContent.StartsWith(words, StringComparison.Ordinal));
            var page = await Admin.GetAsync(link.GetAttribute("href")!);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Admin.SubmitAsync(page, End, ("reason", " "))).Status);
            var done = await Admin.SubmitAsync(page, End, ("reason", reason));
            Assert.Equal(HttpStatusCode.SeeOther, done.Status);
            Assert.Contains(reason, (await Admin.FollowAsync(done)).Text, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(page, End, ("reason", reason))).Status); // a double click
        }

        Assert.Equal(500m, await LimitAsync());
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM store.limit_change_end"));
        Assert.Empty((await Admin.GetAsync("/admin/customers/10")).Document.QuerySelectorAll(".timeline a"));
    }

    [Fact]
    public async Task What_is_ended_is_ended_as_the_page_showed_it()
    {
        await SaveAsync(("limitAfter", "800"), ("until", "2027-01-31"), ("reason", "For the holidays"));
        var path = $"{Page}/{await ScalarAsync<Guid>("SELECT limit_change_id FROM store.limit_change"):D}/end";
        var page = await Admin.GetAsync(path);
        await SetLimitAsync("day", 90);

        var late = await Admin.SubmitAsync(page, End, ("reason", "Enough"));

        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Contains("Day limit: no limit → $90.00", late.Text, StringComparison.Ordinal);
        Assert.Equal(800m, await LimitAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await Admin.GetAsync(path.Replace("/10/", "/11/", StringComparison.Ordinal))).Status);
        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(late, End)).Status);
        Assert.Equal(500m, await LimitAsync());
    }

    [Fact]
    public async Task A_limit_for_good_is_changed_and_not_ended()
    {
        await SaveAsync(("limitAfter", "800"), ("reason", "why"));
        var page = await Admin.GetAsync($"{Page}/{await ScalarAsync<Guid>("SELECT limit_change_id FROM store.limit_change"):D}/end");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Empty(page.Document.QuerySelectorAll(End));
        Assert.Contains("There is nothing to take back or to end", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_past_moment_is_shown_as_it_was()
    {
        await BuyAsync();
        var between = await ScalarAsync<string>("SELECT to_char(date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC') + interval '1 second', 'YYYY-MM-DD\"T\"HH24:MI:SS')");
        await UntilAsync("SELECT clock_timestamp() > @between::timestamp AT TIME ZONE 'UTC'", new { between });
        await SetLimitAsync("lifetime", 30);
        await SetLimitAsync("day", 90);

        var then = await Admin.GetAsync($"/admin/customers/10?at={between}");
        Assert.Equal(["Lifetime limit $40.00 $0.00 $500.00 $460.00 – never"], Rows(then));

        var now = await ScalarAsync<string>("SELECT to_char(date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC') + interval '1 second', 'YYYY-MM-DD\"T\"HH24:MI:SS')");
        await UntilAsync("SELECT clock_timestamp() > @now::timestamp AT TIME ZONE 'UTC'", new { now });
        Assert.Equal(["Lifetime limit $40.00 $0.00 $30.00 $0.00 $10.00 never", "Day limit $40.00 $0.00 $90.00 $50.00 –"],
            Rows(await Admin.GetAsync($"/admin/customers/10?at={now}")).Select(row => row.StartsWith("Day", StringComparison.Ordinal) ? row[..row.IndexOf(" –", StringComparison.Ordinal)] + " –" : row));

        var before = await Admin.GetAsync("/admin/customers/10?at=2020-02-29T08:00");
        Assert.Equal(HttpStatusCode.OK, before.Status);
        Assert.Contains("there was no such customer", before.Text, StringComparison.Ordinal);

        static IEnumerable<string> Rows(WebPage page) =>
            page.Document.QuerySelectorAll("#as-of tbody tr").Select(row => string.Join(' ', row.Children.Select(cell => WebPage.Fold(cell.TextContent))));
    }

    [Theory]
    [InlineData("at=2999-01-01T00:00", 422)]
    [InlineData("at=2100-01-01T00:00", 422)]
    [InlineData("at=yesterday", 422)]
    [InlineData("at=2026-02-30T10:00", 422)]
    [InlineData("at=0001-01-01T00:00", 422)]
    [InlineData("at=%01", 400)]
    [InlineData("at=2026-01-01T00:00&at=2026-01-02T00:00", 400)]
    public async Task A_moment_that_is_none_is_told(string query, int status) =>
        Assert.Equal(status, (int)(await Admin.GetAsync($"/admin/customers/10?{query}")).Status);

    [Fact]
    public async Task The_list_says_which_limit_leaves_least_and_filters_by_all_of_them()
    {
        await SetLimitAsync("day", 50);
        await BuyAsync();
        var list = await Admin.GetAsync("/admin/customers");
        var row = WebPage.Fold(list.Document.QuerySelectorAll("tbody tr")[0].TextContent);
        foreach (var text in new[] { "$10.00 day limit", "80 % day limit" })
            Assert.Contains(text, row, StringComparison.Ordinal);

        await AssertFilterAsync("near", true);
        await AssertFilterAsync("at", false);
        await SetLimitAsync("day", 40);
        await AssertFilterAsync("at", true);
        await AssertFilterAsync("over", false);
        await SetLimitAsync("day", 30);
        await AssertFilterAsync("over", true);
        await AssertFilterAsync("temporary", false);
        await SaveAsync(("limitAfter", "800"), ("until", "2027-01-31"), ("reason", "For the holidays"));
        await AssertFilterAsync("temporary", true);
        await AssertFilterAsync("pending", false);
        await AskRaiseAsync(900);
        await AssertFilterAsync("pending", true);
        await AssertFilterAsync("none", false);
        Assert.Equal(HttpStatusCode.BadRequest, (await Admin.GetAsync("/admin/customers?use=rich")).Status);

        async Task AssertFilterAsync(string use, bool isThere)
        {
            var page = await Admin.GetAsync($"/admin/customers?use={use}");
            Assert.Equal(isThere ? ["/admin/customers/10"] : [], page.Document.QuerySelectorAll("tbody a").Select(link => link.GetAttribute("href")));
        }
    }

    [Theory]
    [InlineData("limitAfter", "1000000000", 422)]
    [InlineData("limitAfter", "9999999999.99", 422)]
    [InlineData("limitAfter", "٧٠٠", 422)]
    [InlineData("limitAfter", null, 400)]
    [InlineData("noLimit", "yes", 422)] // beside an amount
    [InlineData("noLimit", "on", 400)]
    [InlineData("window", "decade", 400)]
    [InlineData("window", "Lifetime", 400)]
    [InlineData("from", "2027-02-30T08:00", 422)]
    [InlineData("from", "2020-01-01T08:00", 422)]
    [InlineData("from", "2027-01-01 08:00", 422)]
    [InlineData("until", "2020-01-01", 422)]
    [InlineData("until", "9999-12-31", 422)]
    [InlineData("until", null, 400)]
    [InlineData("reason", "a\u0001b", 400)]
    [InlineData("reason", "a\u202Eb", 400)]
    [InlineData("reason", "\u200B", 422)]
    [InlineData("limitSequenceNumber", "0", 400)]
    [InlineData("limitSequenceNumber", "1e1", 400)]
    [InlineData("limitChangeId", "7", 400)]
    public async Task What_makes_no_sense_changes_nothing(string field, string? value, int status)
    {
        var page = await Admin.GetAsync(Page);
        Assert.Equal(status, (int)(await Admin.SubmitAsync(page, Check, [.. Sound(field), (field, value)])).Status);

        // The same, sent to where it would be saved.
        var shown = await Admin.SubmitAsync(page, Check, [.. Sound("")]);
        Assert.Equal(status, (int)(await Admin.SubmitAsync(shown, Save, (field, value))).Status);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.limit_change"));

        static IEnumerable<(string, string?)> Sound(string except) =>
            new (string Name, string?)[] { ("limitAfter", "700"), ("reason", "why") }.Where(given => given.Name != except);
    }

    [Theory]
    [InlineData("limitAfter", "600")]
    [InlineData("window", "day")]
    [InlineData("until", "2027-01-31")]
    [InlineData("reason", "another")]
    public async Task A_field_that_comes_twice_changes_nothing(string field, string value)
    {
        var shown = await CheckAsync(("limitAfter", "700"), ("reason", "why"));

        Assert.Equal(HttpStatusCode.BadRequest, (await Admin.SubmitAsync(shown, Save, (field, "700"), (field, value))).Status);
        Assert.Equal(500m, await LimitAsync());
    }

    private static string Value(WebPage page, string selector) => page.Document.QuerySelector(selector)!.GetAttribute("value") ?? "";

    private async Task<WebPage> CheckAsync(params (string, string?)[] fields) => await Admin.SubmitAsync(await Admin.GetAsync(Page), Check, fields);

    private async Task SaveAsync(params (string, string?)[] fields) =>
        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(await CheckAsync(fields), Save)).Status);

    private Task<LimitRaiseReply> AskRaiseAsync(decimal wanted) =>
        Store.RequestOwnLimitAsync(new LimitRaiseRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, wanted, null, "For my wedding"));

    private Task SetLimitAsync(string window, decimal limit) => ExecuteAsync(
        "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT store.change_limit(10, gen_random_uuid(), @window, NULL, @limit, NULL, NULL, 'why', 'admin 9'); COMMIT",
        new { window, limit });

    private Task<decimal> LimitAsync() => ScalarAsync<decimal>("SELECT limit_amount FROM store.customer_purchased_amount WHERE customer_id = 10");

    private Task<string> ActorAsync(string email) => ScalarAsync<string>("SELECT 'admin ' || user_id FROM account.user WHERE email = @email", new { email });

    private async Task<string> DecisionPathAsync() =>
        $"/admin/requests/limits/10/{(await ScalarAsync<Guid>("SELECT limit_request_id FROM store.limit_request")).ToString("D", CultureInfo.InvariantCulture)}";

    private async Task<Shopper> SecondAdminAsync()
    {
        await AddSecondAdminAsync();
        return await SignedInAsync("second@example.com");
    }

    /// <summary>Refusals of another day: the ledger's guard stands aside for that and is back before this returns.</summary>
    private Task MoveRefusalsAsync(string by) => ExecuteAsync(
        $"""
        ALTER TABLE store.customer_event DISABLE TRIGGER customer_event_append_only;
        UPDATE store.customer_event SET occurred_at = occurred_at {by} WHERE kind = 'purchase_refused';
        ALTER TABLE store.customer_event ENABLE ALWAYS TRIGGER customer_event_append_only
        """);
}
