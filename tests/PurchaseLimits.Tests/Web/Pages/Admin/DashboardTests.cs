using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Tests.Web.Pages.Admin.Reports;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin;

public sealed class DashboardTests(PostgresServer server) : ReportWebTest(server)
{
    [Fact]
    public async Task It_says_what_waits_and_how_the_store_does()
    {
        await AddHistoryAsync();
        var refused = await BuyAsync(12, 2, 1); // $400 of $50 a week
        await Store.AskApprovalAsync(12, refused, "please");
        await RefreshReportsAsync();

        var page = await Admin.GetAsync("/admin");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        foreach (var text in new[]
        {
            "Purchases above a limit 1 wait for an approval", "Raises asked for 0", "Processing past the deadline 0", "Mails parked 0",
            "Customers at 80 % or more 2 of 4, lifetime limits", "Of those at the limit 0", "Of those over after a cut 1 by $100.00 together",
            "Purchases 1", "Refused $400.00", "Lost $400.00", "Sold today $420.00 2 purchases", "In 30 days $860.00", "Of that kept $855.00",
        })
            Assert.Contains(text, page.Text, StringComparison.Ordinal);
        Assert.Equal(30, page.Document.QuerySelectorAll("#dashboard-sales [data-point]").Length);
        Assert.Equal([DayAgo(3), "1", "$35.00", "$5.00"], Table(page, "Sales of the last 30 days")[3]);
        Assert.DoesNotContain(">", page.Document.QuerySelector("main")!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("Settings proposed", page.Text, StringComparison.Ordinal);
        await AssertLinksWorkAsync(page);
        Assert.Equal("Dashboard", page.Document.QuerySelector(".nav a[aria-current]")!.TextContent);
    }

    [Fact]
    public async Task It_opens_in_a_store_that_has_nothing_and_is_where_admins_land()
    {
        var page = await Admin.GetAsync("/admin");
        Assert.Contains("Some reports were never refreshed.", page.Text, StringComparison.Ordinal);
        Assert.Null(page.Document.GetElementById("dashboard-sales"));
        await ExecuteAsync("INSERT INTO store.setting_proposal (version, actor, reason, occurred_at, shown, wanted) SELECT s.version, 'admin 99', 'why', now(), to_jsonb(s), to_jsonb(s) FROM store.store_setting s");
        Assert.Contains("Settings proposed 1 wait for another admin", (await Admin.GetAsync("/admin")).Text, StringComparison.Ordinal);
        Assert.Equal("/admin", (await Admin.GetAsync("/sign-in")).Response.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_purchase_past_its_deadline_and_a_parked_mail_are_alarming()
    {
        await AddHistoryAsync();
        Assert.Empty((await Admin.GetAsync("/admin")).Document.QuerySelectorAll(".figure-bad"));
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (3, 1, 'No price', 'None.', 'mug')");
        await SetClockAsync("10 days");
        var now = await ScalarAsync<DateTime>("SELECT store.clock()");
        var reply = await Store.PlacePurchaseAsync(new PurchaseRequest(13, Guid.CreateVersion7(), now.ToUniversalTime(), 30, [new PurchaseRequestLine(3, 1, 30)]), Cancelled);
        Assert.Equal("processing", reply.Status);
        await SetClockAsync("0");
        await ExecuteAsync("UPDATE store.outbox_message SET parked_at = clock_timestamp(), last_error = 'x' WHERE (customer_id, message_key) IN (SELECT o.customer_id, o.message_key FROM store.outbox_message o LIMIT 1)");

        var page = await Admin.GetAsync("/admin");
        Assert.Equal(["Processing past the deadline", "Mails parked"], page.Document.QuerySelectorAll(".figure-bad dt").Select(name => name.TextContent));
        Assert.Contains("Processing past the deadline 1 Is no process doing the background work?", page.Text, StringComparison.Ordinal);
        Assert.Contains("Mails parked 1 failed too often", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_replica_is_away_only_its_numbers_are()
    {
        await RefreshReportsAsync();
        await using var web = new WebStore(ConnectionString, new Dictionary<string, string>
        {
            ["Workers:Enabled"] = "false",
            ["ConnectionStrings:Reports"] = "Host=127.0.0.1;Port=1;Database=x;Username=store_admin;Password=x",
        });
        using var admin = web.NewShopper();
        await admin.SignInAsync("admin@example.com");
        var page = await admin.GetAsync("/admin");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("The server that reports are read from does not answer.", page.Text, StringComparison.Ordinal);
        Assert.Contains("Waits for you", page.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await admin.GetAsync("/admin/reports/sales")).Status);
    }

    [Fact]
    public async Task Reports_are_read_where_the_setting_says_and_nothing_is_written_there()
    {
        await AddHistoryAsync();
        await RefreshReportsAsync();
        await using var web = new WebStore(ConnectionString, new Dictionary<string, string>
        {
            ["Workers:Enabled"] = "false",
            ["ConnectionStrings:Reports"] = ConnectionString("store_admin"),
        });
        using var admin = web.NewShopper();
        await admin.SignInAsync("admin@example.com");
        Assert.Contains("Sold $860.00", (await admin.GetAsync("/admin/reports/sales?period=7")).Text, StringComparison.Ordinal);
        Assert.NotEqual(0, await ScalarAsync<long>(
            "SELECT count(*) FROM pg_stat_activity a WHERE a.datname = current_database() AND a.application_name = 'purchase-limits reports'"));

        var sources = (PurchaseLimits.Web.StoreDataSources)web.Services.GetService(typeof(PurchaseLimits.Web.StoreDataSources))!;
        await using var command = sources.Reports.CreateCommand("SELECT report.request_refresh('admin 1')");
        Assert.Equal("25006", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => command.ExecuteNonQueryAsync(Cancelled))).SqlState);
    }
}
