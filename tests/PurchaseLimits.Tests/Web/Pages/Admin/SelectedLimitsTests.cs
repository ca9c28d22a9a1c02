using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin;

/// <summary>One limit for the customers that were ticked in the list.</summary>
public sealed class SelectedLimitsTests(PostgresServer server) : StoreWebTest(server)
{
    private const string Form = "main form[action='/admin/limits/selected']";
    private Shopper _admin = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddCustomersAsync(1, 4);
        await AddAdminAsync();
        _admin = await SignedInAsync("admin@example.com");
    }

    public override async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Those_ticked_get_it_at_one_moment_once_somebody_saw_what_it_does()
    {
        var list = await _admin.GetAsync("/admin/customers");
        Assert.Equal(["1", "2", "3", "4"], list.Document.QuerySelectorAll($"{Form} input[name='customer']").Select(box => box.GetAttribute("value")));

        var form = await _admin.GetAsync("/admin/limits/selected?customer=3&customer=1");
        Assert.Equal(["1", "3"], form.Document.QuerySelectorAll("tbody tr td:first-child").Select(cell => cell.TextContent));
        var checkedOnly = await _admin.SubmitAsync(form, Form, ("window", "month"), ("limitAfter", "750.50"), ("until", "2099-01-31"));
        Assert.Equal(HttpStatusCode.SeeOther, checkedOnly.Status);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.limit_change"));
        // Sent twice it is one.
        Assert.Equal(checkedOnly.Response.Headers.Location, (await _admin.SubmitAsync(form, Form, ("window", "month"), ("limitAfter", "750.50"), ("until", "2099-01-31"))).Response.Headers.Location);

        var page = await _admin.FollowAsync(checkedOnly);
        Assert.Contains("Limits of 2 selected customers", page.Text, StringComparison.Ordinal);
        Assert.Contains("2 rows: 0 go up, 2 go down, 0 stay", page.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, (await _admin.SubmitAsync(page, "form[action*='Confirm']", ("reason", "They agreed"))).Status);
        await UntilAsync("SELECT status = 'done' FROM store.limit_import");
        Assert.Equal(["1 month 750.50 2099-02-01 They agreed", "3 month 750.50 2099-02-01 They agreed"], await QueryAsync<string>(
            """
            SELECT concat_ws(' ', c.customer_id, c.window_name, c.limit_after, (c.valid_to AT TIME ZONE s.time_zone)::date, e.reason)
            FROM store.limit_change c
            JOIN store.customer_event e USING (customer_id, sequence_number)
            JOIN store.store_setting s ON s.store_setting_id = 1
            ORDER BY c.customer_id
            """));
    }

    [Fact]
    public async Task It_is_for_all_of_them_or_for_none_and_says_for_whom_it_cannot_be()
    {
        await Web.Services.GetRequiredService<PurchaseLimits.Web.Store>().ChangeLimitAsync(new(2, Guid.CreateVersion7(), PurchaseLimits.Web.LimitWindow.Lifetime, null, 650, null, null, "why", "admin 7"));
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 600");
        var form = await _admin.GetAsync("/admin/limits/selected?customer=1&customer=2&customer=3");

        var refused = await _admin.SubmitAsync(form, Form, ("limitAfter", "620"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Equal(3, refused.Document.QuerySelectorAll("tbody tr").Length);
        Assert.Equal(
            ["A raise from $500.00 to this much takes a second admin. Ask for it on the customer's page."],
            refused.Document.QuerySelectorAll("tbody tr:nth-child(1) .field-error").Select(problem => problem.TextContent));
        Assert.Empty(refused.Document.QuerySelectorAll("tbody tr:nth-child(2) .field-error"));
        Assert.Equal("620", refused.Document.QuerySelector("#limitAfter")!.GetAttribute("value"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.limit_import"));
        // The page has a new key, and what was typed.
        Assert.Equal(HttpStatusCode.SeeOther, (await _admin.SubmitAsync(refused, Form, ("limitAfter", "600"))).Status);
    }

    [Theory]
    [InlineData("limitAfter", "5.001", "Write an amount in dollars")]
    [InlineData("limitAfter", "", "Write an amount in dollars")]
    [InlineData("noLimit", "yes", "not both")]
    [InlineData("until", "2020-01-31", "That moment has passed.")]
    [InlineData("until", "soon", "Write a date")]
    public async Task What_makes_no_sense_is_said_beside_its_field(string field, string value, string sentence)
    {
        var form = await _admin.GetAsync("/admin/limits/selected?customer=1");

        var refused = await _admin.SubmitAsync(form, Form, field == "limitAfter" ? [(field, value)] : [("limitAfter", "600"), (field, value)]);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains(sentence, refused.Text, StringComparison.Ordinal);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.limit_import"));
    }

    [Theory]
    [InlineData("?customer=x", HttpStatusCode.BadRequest)]
    [InlineData("?customer=1&customer=1", HttpStatusCode.BadRequest)]
    [InlineData("?customer=1&customer=99", HttpStatusCode.NotFound)]
    public async Task Whom_nobody_can_have_ticked_is_refused(string query, HttpStatusCode status) =>
        Assert.Equal(status, (await _admin.GetAsync($"/admin/limits/selected{query}")).Status);

    [Fact]
    public async Task Nobody_ticked_is_told_so_in_the_list()
    {
        var list = await _admin.FollowAsync(await _admin.GetAsync("/admin/limits/selected"));

        Assert.Contains("Nobody is selected. Tick the customers first.", list.Document.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal("/admin/customers", list.Address.AbsolutePath);
    }
}
