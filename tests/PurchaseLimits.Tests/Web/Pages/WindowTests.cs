using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

/// <summary>With limits per day, week, month or year a page says which one it speaks of and when that resets.</summary>
public sealed class WindowTests(PostgresServer server) : PurchaseWebTest(server)
{
    private PurchaseLimits.Web.Store Store => Web.Services.GetRequiredService<PurchaseLimits.Web.Store>();

    [Fact]
    public async Task The_pages_on_the_way_to_a_purchase_name_the_limit_that_leaves_least()
    {
        var resets = await WeeklyLimitAsync(100m);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "2");

        var strip = WebPage.Fold((await shopper.GetAsync("/")).Document.QuerySelector("#strip")!.TextContent);
        Assert.Contains($"Left $100.00 Weekly limit $100.00 resets {resets}", strip, StringComparison.Ordinal);
        Assert.Contains("You have $100.00 left this week, and $80.00 after one of these.", (await shopper.GetAsync("/products/1")).Text, StringComparison.Ordinal);
        Assert.Contains($"You have $100.00 left this week; it resets {resets}. One of these is $200.00 more than that.", (await shopper.GetAsync("/products/2")).Text, StringComparison.Ordinal);
        Assert.Contains($"Fits. $60.00 left this week after this; it resets {resets}.", (await shopper.GetAsync("/cart")).Text, StringComparison.Ordinal);
        var checkout = await shopper.GetAsync("/checkout");
        Assert.Contains("Left this week now$100.00 This purchase$40.00 Left after it$60.00", checkout.Text, StringComparison.Ordinal);
        Assert.Contains("Limit: $500.00 → $460.00 Weekly limit: $100.00 → $60.00", checkout.Text, StringComparison.Ordinal);

        var bought = await shopper.GetAsync(await OrderAsync(shopper));
        Assert.Contains("You had $60.00 left after it.", bought.Text, StringComparison.Ordinal);
        // What fits the lifetime limit alone is marked as more than is left.
        Assert.Equal(2, (await shopper.GetAsync("/")).Document.QuerySelectorAll(".badge-over").Length);
    }

    [Fact]
    public async Task A_refusal_names_the_limit_that_refused_and_when_it_resets_and_every_way_out()
    {
        var resets = await WeeklyLimitAsync(100m);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "2");
        await OrderAsync(shopper);
        await PutIntoCartAsync(shopper, 1, "4");
        var cart = await shopper.GetAsync("/cart");
        Assert.Contains($"Over by $20.00. You have $60.00 left this week. Your weekly limit is $100.00 and resets {resets}. With 3 of Product 1 instead of 4 it fits.", cart.Text, StringComparison.Ordinal);

        var refused = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), OrderForm);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("This purchase is over your weekly limit by $20.00. You have $60.00 left this week.", refused.Text, StringComparison.Ordinal);
        Assert.Contains($"Your weekly limit is $100.00, of which $40.00 is used. It resets {resets}.", refused.Text, StringComparison.Ordinal);
        Assert.Contains("With 3 of Product 1 instead of 4 it fits.", refused.Text, StringComparison.Ordinal);
        Assert.Contains($"Or wait until {resets}: then your weekly limit has reset and it fits", refused.Text, StringComparison.Ordinal);
        var raise = refused.Document.QuerySelector("main a[href^='/limit']")!.GetAttribute("href")!;
        Assert.Equal("/limit?window=week#raise", raise);
        Assert.NotNull((await shopper.GetAsync("/limit?window=week")).Document.QuerySelector("#raise-window option[value='week'][selected]"));
        Assert.NotNull(refused.Document.QuerySelector("#note"));

        var page = await shopper.GetAsync(refused.Document.QuerySelector("main a[href^='/purchases/']")!.GetAttribute("href")!);
        Assert.Contains("Weekly limit$100.00 Bought and held before$40.00 This purchase, had it been confirmed$80.00 Over by$20.00", page.Text, StringComparison.Ordinal);
        Assert.Contains("Refused: $80.00 would have passed the weekly limit by $20.00", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_is_no_way_out_where_it_does_not_help()
    {
        await WeeklyLimitAsync(250m);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 2, "1");

        var tooMuchForAnyWeek = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), OrderForm);

        Assert.Contains("over your weekly limit by $50.00", tooMuchForAnyWeek.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Or wait until", tooMuchForAnyWeek.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_suggested_fits_all_limits_not_only_the_one_that_refuses()
    {
        await WeeklyLimitAsync(100m);
        await Store.ChangeLimitAsync(new LimitChangeRequest(10, Guid.CreateVersion7(), LimitWindow.Year, null, 150m, null, null, "Because", "admin 1"));
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "9");

        var cart = await shopper.GetAsync("/cart");
        Assert.Contains("Over by $30.00. You have $150.00 left this year.", cart.Text, StringComparison.Ordinal);
        Assert.Contains("With 5 of Product 1 instead of 9 it fits.", cart.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task My_allowance_has_a_meter_for_each_limit_and_tells_how_it_was()
    {
        await WeeklyLimitAsync(100m);
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "2");
        // The form takes whole seconds, and in the one that began last the limit may not have been there yet.
        await UntilAsync("SELECT date_trunc('second', clock_timestamp()) > max(occurred_at) FROM store.customer_event");
        var before = await ScalarAsync<DateTime>("SELECT date_trunc('second', clock_timestamp())");
        await OrderAsync(shopper);

        var page = await shopper.GetAsync("/allowance");
        Assert.Equal(2, page.Document.QuerySelectorAll("main .meter").Length);
        Assert.Contains("$60.00 left this week In all", page.Text, StringComparison.Ordinal);

        var then = await shopper.GetAsync($"/allowance?at={before:yyyy-MM-dd'T'HH:mm:ss}");
        Assert.Equal(HttpStatusCode.OK, then.Status);
        Assert.Equal(["In all $0.00 $0.00 $500.00 $500.00", "Each week $0.00 $0.00 $100.00 $100.00"],
            then.Document.QuerySelectorAll("#then tbody tr").Select(row => System.Text.RegularExpressions.Regex.Replace(WebPage.Fold(row.TextContent), " ?until .* UTC", "")));
    }

    [Theory]
    [InlineData("2999-01-01", "That has not come yet")]
    [InlineData("2001-02-03", "You were not registered then.")]
    [InlineData("yesterday", "Write a day like")]
    [InlineData("2026-02-30", "Write a day like")]
    [InlineData("0001-01-01", "Write a day like")]
    [InlineData("9999-12-31T23:59", "Write a day like")]
    public async Task A_moment_that_cannot_be_looked_at_says_why(string at, string sentence)
    {
        using var shopper = await SignedInAsync("customer10@example.com");

        var page = await shopper.GetAsync($"/allowance?at={at}");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.StartsWith(sentence, page.Document.QuerySelector("#at-error")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_day_is_that_of_the_stores_zone_from_its_first_moment()
    {
        await ExecuteAsync("UPDATE store.store_setting SET time_zone = 'America/New_York'");
        using var shopper = await SignedInAsync("customer10@example.com");
        // Registered at noon of the day before, there: the day's first moment is 05:00 UTC.
        await ExecuteAsync(
            """
            ALTER TABLE store.customer_event DISABLE TRIGGER customer_event_append_only;
            UPDATE store.customer_event SET occurred_at = '2026-01-09 17:00Z' WHERE customer_id = 10;
            ALTER TABLE store.customer_event ENABLE ALWAYS TRIGGER customer_event_append_only
            """);

        Assert.Contains("As of 10 Jan 2026, 05:00:00 UTC", (await shopper.GetAsync("/allowance?at=2026-01-10")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await shopper.GetAsync("/allowance?at=2026-01-09T11:59:59")).Status);
        Assert.Equal(HttpStatusCode.OK, (await shopper.GetAsync("/allowance?at=2026-01-09T12:00")).Status);
    }

    [Fact]
    public async Task The_statement_is_a_file_too_with_cells_that_no_spreadsheet_runs()
    {
        await Store.ChangeLimitAsync(new LimitChangeRequest(10, Guid.CreateVersion7(), LimitWindow.Week, null, 100m, null, null, "=HYPERLINK(\"x\")", "admin 1"));
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "2");
        await OrderAsync(shopper);

        var file = await shopper.GetAsync("/allowance/statement.csv");

        Assert.Equal("text/csv", file.Response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", file.Response.Content.Headers.ContentDisposition!.DispositionType);
        var lines = (await file.Response.Content.ReadAsStringAsync(Cancelled)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("1,", lines[1], StringComparison.Ordinal);
        Assert.Contains(",Weekly limit changed to $100.00,,0.00,0.00,0.00,0.00,500.00,weekly limit,no limit,100.00,", lines[2], StringComparison.Ordinal);
        Assert.Contains("'=HYPERLINK", lines[2], StringComparison.Ordinal);
        Assert.Contains(",40.00,0.00,40.00,0.00,500.00,", lines[3], StringComparison.Ordinal);
        using var visitor = Web.NewShopper();
        Assert.Contains("/sign-in", (await visitor.GetAsync("/allowance/statement.csv")).Response.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Returns when it resets, as pages say it without JavaScript.</summary>
    private async Task<string> WeeklyLimitAsync(decimal amount)
    {
        await Store.ChangeLimitAsync(new LimitChangeRequest(10, Guid.CreateVersion7(), LimitWindow.Week, null, amount, null, null, "Because", "admin 1"));
        var resets = await ScalarAsync<DateTime>("SELECT ends_at FROM store.customer_window_amount WHERE customer_id = 10");
        return resets.ToUniversalTime().ToString("d MMM yyyy, HH:mm:ss 'UTC'", System.Globalization.CultureInfo.InvariantCulture);
    }
}
