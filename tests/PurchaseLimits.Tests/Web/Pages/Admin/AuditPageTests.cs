using System.Globalization;
using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin;

public sealed class AuditPageTests(PostgresServer server) : StoreWebTest(server)
{
    private PurchaseLimits.Web.Store _store = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m, 400.00m);
        await AddSignInsAsync(10, 11);
        await AddAdminAsync();
        _store = NewStore();
    }

    [Fact]
    public async Task Everything_that_admins_do_is_there_and_nothing_that_customers_do()
    {
        var admin = await ActorAsync();
        var bought = await BuyAsync(10, 1);
        await _store.PlacePurchaseAsync(await RequestAsync(11, 2), Cancelled);
        var refused = await RequestAsync(11, 2);
        await _store.PlacePurchaseAsync(refused, Cancelled);
        await _store.AskApprovalAsync(11, refused.PurchaseId, "please");
        await _store.ApprovePurchaseAsync(new ApproveRequest(11, refused.PurchaseId, 300m, Guid.CreateVersion7(), "fine", admin));
        await _store.RefundPurchaseAsync(new RefundRequest(10, bought, Guid.CreateVersion7(), 5m, [], "came late", admin));
        await _store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), LimitWindow.Month, null, 100m, null, null, "a month's worth", admin));
        await _store.SetPriceAsync(new PriceRequest(1, 25.00m, null, admin));
        await _store.WithdrawProductAsync(2, admin);
        await ImportAsync(admin);

        using var browser = await SignedInAsync("admin@example.com");
        var page = await browser.GetAsync("/admin/audit");
        foreach (var text in new[]
        {
            "Approved a purchase", "Raised a limit for one purchase: in all", "$500.00 $800.00", "fine", "Refunded a part of a purchase", "$5.00 came late",
            "Changed a limit: a month Customer 10 customer 10 no limit $100.00 a month's worth", "Set a price Product 1 $20.00 $25.00", "Withdrew a product Product 2",
            "Brought a file of limits into force", "new year", $"{admin} · admin@example.com",
        })
            Assert.Contains(text, page.Text, StringComparison.Ordinal);
        Assert.Equal(7, page.Document.QuerySelectorAll("tbody tr").Length);
        Assert.Equal(7, await ScalarAsync<long>("SELECT count(*) FROM store.audit_entry"));
        foreach (var link in page.Document.QuerySelectorAll("tbody a"))
            Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(link.GetAttribute("href")!)).Status);

        foreach (var (kind, count) in new[] { ("limits", 3), ("purchases", 2), ("products", 1), ("prices", 1), ("settings", 0) })
            Assert.Equal(count, (await browser.GetAsync($"/admin/audit?kind={kind}")).Document.QuerySelectorAll("tbody tr").Length);
        Assert.Equal(2, (await browser.GetAsync("/admin/audit?customer=10")).Document.QuerySelectorAll("tbody tr").Length);
        Assert.Equal(0, (await browser.GetAsync("/admin/audit?who=999")).Document.QuerySelectorAll("tbody tr").Length);
        Assert.Equal(7, (await browser.GetAsync($"/admin/audit?who={admin[6..]}")).Document.QuerySelectorAll("tbody tr").Length);
    }

    [Fact]
    public async Task Pages_go_both_ways_without_a_gap_or_a_repetition_also_within_one_moment()
    {
        await AddActionsAsync(230);
        using var browser = await SignedInAsync("admin@example.com");
        var all = await QueryAsync<string>("SELECT reason FROM store.audit_entry ORDER BY happened_at DESC, entry_key COLLATE \"C\" DESC");

        var forward = new List<string[]>();
        var page = await browser.GetAsync("/admin/audit");
        for (; ; page = await browser.GetAsync(Next(page)!))
        {
            forward.Add(Reasons(page));
            if (Next(page) is null)
                break;
        }

        Assert.Equal(all, forward.SelectMany(reasons => reasons));
        Assert.Equal(5, forward.Count);
        for (var i = forward.Count - 2; i >= 0; i--)
        {
            page = await browser.GetAsync(Previous(page)!);
            Assert.Equal(forward[i], Reasons(page));
        }

        Assert.Null(Previous(page));
    }

    [Fact]
    public async Task The_file_has_all_of_them_and_is_harmless_in_a_spreadsheet()
    {
        await AddActionsAsync(2500);
        await _store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 1m, null, null, "=HYPERLINK(\"https://evil.example\")", await ActorAsync()));
        using var browser = await SignedInAsync("admin@example.com");

        var file = await browser.GetAsync("/admin/audit/export");
        var text = await file.Response.Content.ReadAsStringAsync(Cancelled);
        var lines = text.TrimStart('\uFEFF').Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2502, lines.Length);
        Assert.StartsWith("when,who,what", lines[0], StringComparison.Ordinal);
        Assert.Equal(2501, lines.Distinct().Count() - 1);
        Assert.DoesNotContain(",=HYPER", text, StringComparison.Ordinal);
        Assert.DoesNotContain(",\"=HYPER", text, StringComparison.Ordinal);
        Assert.Contains("HYPERLINK", text, StringComparison.Ordinal);
        Assert.Equal(2, (await (await browser.GetAsync("/admin/audit/export?customer=10&kind=limits")).Response.Content.ReadAsStringAsync(Cancelled))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Days_are_those_of_the_stores_zone()
    {
        await ExecuteAsync("UPDATE store.store_setting SET time_zone = 'America/New_York'");
        var changed = await QueryAsync<DateTimeOffset>(
            """
            INSERT INTO store.setting_change (version, setting_name, value_before, value_after, actor, reason, occurred_at)
            SELECT n, 'default_limit', '1', '2', 'admin 1', 'n' || n, moment
            FROM unnest(ARRAY['2026-03-08 04:59:59Z', '2026-03-08 05:00:00Z', '2026-03-09 03:59:59Z', '2026-03-09 04:00:00Z']::timestamptz[]) WITH ORDINALITY t (moment, n)
            RETURNING occurred_at
            """);
        Assert.Equal(4, changed.Count);
        using var browser = await SignedInAsync("admin@example.com");

        // A day of 23 hours: the clock was put forward.
        Assert.Equal(["n3", "n2"], Reasons(await browser.GetAsync("/admin/audit?from=2026-03-08&to=2026-03-08")));
        Assert.Equal(["n4", "n3", "n2"], Reasons(await browser.GetAsync("/admin/audit?from=2026-03-08")));
        Assert.Equal(["n1"], Reasons(await browser.GetAsync("/admin/audit?to=2026-03-07")));
    }

    [Fact]
    public async Task What_a_file_of_limits_brought_shows_with_its_customer()
    {
        var admin = await ActorAsync();
        await ImportAsync(admin);
        await ExecuteAsync(
            """
            INSERT INTO store.limit_import_row (customer_id, limit_import_id, window_name, limit_after, valid_to, limit_change_id, row_number, is_change,
                                                limit_before, valid_to_before, limit_sequence_number, used_amount, passing_count, passing_amount)
            VALUES (10, '00000000-0000-4000-8000-000000000001', 'lifetime', 750, 'infinity', gen_random_uuid(), 2, true, 500, 'infinity', 1, 0, 0, 0);
            UPDATE store.customer_purchased_amount SET next_due_at = '-infinity' WHERE customer_id = 10
            """);
        await BuyAsync(10, 1);
        using var browser = await SignedInAsync("admin@example.com");

        Assert.Equal(["new year"], Reasons(await browser.GetAsync("/admin/audit")));
        var customer = await browser.GetAsync("/admin/audit?customer=10");
        Assert.Contains("Changed a limit by a file: in all Customer 10 customer 10 $500.00 $750.00 new year", customer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("who=x", HttpStatusCode.BadRequest)]
    [InlineData("kind=everything", HttpStatusCode.BadRequest)]
    [InlineData("before=1", HttpStatusCode.BadRequest)]
    [InlineData("before=2026-01-01T00:00:00.000000Z%20x&after=2026-01-01T00:00:00.000000Z%20x", HttpStatusCode.BadRequest)]
    [InlineData("customer=ten", HttpStatusCode.UnprocessableEntity)]
    [InlineData("from=2026-02-30", HttpStatusCode.UnprocessableEntity)]
    [InlineData("to=9999-12-31", HttpStatusCode.UnprocessableEntity)]
    [InlineData("who=&kind=&customer=&from=&to=", HttpStatusCode.OK)]
    public async Task An_address_that_makes_no_sense_is_a_4xx(string query, HttpStatusCode status)
    {
        using var browser = await SignedInAsync("admin@example.com");
        Assert.Equal(status, (await browser.GetAsync($"/admin/audit?{query}")).Status);
        // Where the reader was in the list is nothing to a file.
        if (!query.StartsWith("before", StringComparison.Ordinal))
            Assert.Equal(status == HttpStatusCode.OK, (await browser.GetAsync($"/admin/audit/export?{query}")).Status == HttpStatusCode.OK);
    }

    private async Task<string> ActorAsync() =>
        $"admin {(await ScalarAsync<long>("SELECT user_id FROM account.user WHERE role = 'admin'")).ToString(CultureInfo.InvariantCulture)}";

    private async Task<Guid> BuyAsync(long customerId, long productId)
    {
        var request = await RequestAsync(customerId, productId);
        await _store.PlacePurchaseAsync(request, Cancelled);
        return request.PurchaseId;
    }

    /// <summary>As many entries as that; seven share each moment.</summary>
    private Task AddActionsAsync(int count) => ExecuteAsync(
        """
        INSERT INTO store.setting_change (version, setting_name, value_before, value_after, actor, reason, occurred_at)
        SELECT n + 1, 'default_limit', '1', '2', 'admin 1', 'n' || n, now() - (n / 7) * interval '1 minute'
        FROM generate_series(1, @count) n
        """,
        new { count });

    private static string[] Reasons(WebPage page) => [.. page.Document.QuerySelectorAll("tbody tr td:last-child").Select(cell => cell.TextContent.Trim())];

    private static string? Next(WebPage page) => page.Document.QuerySelector("a[rel='next']")?.GetAttribute("href");

    private static string? Previous(WebPage page) => page.Document.QuerySelector("a[rel='prev']")?.GetAttribute("href");

    /// <summary>A file of limits that is in force.</summary>
    private Task ImportAsync(string admin) => ExecuteAsync(
        """
        INSERT INTO store.limit_import (limit_import_id, file_name, file_hash, uploaded_by, uploaded_at, status, row_count, change_count, raised_count,
                                        lowered_count, over_count, passing_count, passing_amount, customer_count, confirmed_at, announced_at, reason,
                                        actor, is_announced, in_force_at)
        VALUES ('00000000-0000-4000-8000-000000000001', 'new-year.csv', '', @admin, now(), 'in_force', 1, 1, 1, 0, 0, 0, 0, 1, now(), now(), 'new year',
                @admin, true, clock_timestamp())
        """,
        new { admin });

}
