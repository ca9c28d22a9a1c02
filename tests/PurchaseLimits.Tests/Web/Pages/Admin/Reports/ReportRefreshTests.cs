using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin.Reports;

public sealed class ReportRefreshTests(PostgresServer server) : ReportWebTest(server)
{
    [Fact]
    public async Task The_button_asks_for_a_refresh_and_the_page_follows_it_to_its_end()
    {
        await RefreshReportsAsync();
        const string Path = "/admin/reports/sales?period=7&by=week";
        var page = await Admin.GetAsync(Path);
        Assert.DoesNotContain("report-state-bad", State(page).ClassName!, StringComparison.Ordinal);
        Assert.Equal("", State(page).GetAttribute("data-refresh-url"));

        var answer = await Admin.SubmitAsync(page, "#report-state form");
        Assert.Equal((HttpStatusCode.SeeOther, Path), (answer.Status, answer.Response.Headers.Location!.ToString()));
        Assert.Equal(await ActorAsync(), await ScalarAsync<string>("SELECT requested_by FROM report.refresh_request"));
        page = await Admin.FollowAsync(answer);
        Assert.Contains("A refresh was asked for and begins within seconds.", State(page).TextContent, StringComparison.Ordinal);
        Assert.Equal(Path, State(page).GetAttribute("data-refresh-url"));
        Assert.NotNull(page.Document.QuerySelector("#report[data-refresh-along]"));

        var id = await ScalarAsync<long>("SELECT report.start_refresh('sales_by_day', interval '1 day')");
        page = await Admin.GetAsync(Path);
        Assert.Contains("Being refreshed since", State(page).TextContent, StringComparison.Ordinal);
        Assert.Contains("Goes on.", State(page).TextContent, StringComparison.Ordinal);
        await ExecuteAsync("SELECT report.fail_refresh(@id, 'The server ran out of breath.')", new { id });
        await RefreshReportsAsync();
        page = await Admin.GetAsync(Path);
        Assert.Equal("", State(page).GetAttribute("data-refresh-url"));
        Assert.DoesNotContain("report-state-bad", State(page).ClassName!, StringComparison.Ordinal);
        Assert.Contains("Failed: The server ran out of breath.", WebPage.Fold(State(page).TextContent), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_refresh_leaves_the_numbers_and_turns_their_age_red()
    {
        await AddHistoryAsync();
        await RefreshReportsAsync();
        var id = await ScalarAsync<long>("SELECT report.start_refresh('sales_by_category', interval '0')");
        await ExecuteAsync("SELECT report.fail_refresh(@id, 'The disk is full.')", new { id });

        var page = await Admin.GetAsync("/admin/reports/sales?period=7");
        Assert.Contains("report-state-bad", State(page).ClassName!, StringComparison.Ordinal);
        Assert.Contains("The last refresh of “Sales by category” failed", WebPage.Fold(State(page).TextContent), StringComparison.Ordinal);
        Assert.Contains("The disk is full.", State(page).TextContent, StringComparison.Ordinal);
        Assert.Contains("Sold $860.00", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("report-state-bad", State(await Admin.GetAsync("/admin/reports/refunds")).ClassName!, StringComparison.Ordinal);
        Assert.Contains("Last refresh failed:", (await Admin.GetAsync("/admin")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_older_than_three_times_its_schedule_is_red_and_says_so()
    {
        await RefreshReportsAsync();
        await ExecuteAsync("UPDATE report.report SET as_of = clock_timestamp() - interval '14 minutes 50 seconds' WHERE report_name = 'refunds'");
        Assert.DoesNotContain("report-state-bad", State(await Admin.GetAsync("/admin/reports/refunds")).ClassName!, StringComparison.Ordinal);

        await ExecuteAsync("UPDATE report.report SET as_of = clock_timestamp() - interval '15 minutes 1 second' WHERE report_name = 'refunds'");
        var page = await Admin.GetAsync("/admin/reports/refunds");
        Assert.Contains("report-state-bad", State(page).ClassName!, StringComparison.Ordinal);
        Assert.Contains("Old. Reports are refreshed every 5 minutes; this one is older than 15 minutes.", WebPage.Fold(State(page).TextContent), StringComparison.Ordinal);
        foreach (var path in new[] { "/admin/reports", "/admin" })
            Assert.Contains("Old: 15 minutes", (await Admin.GetAsync(path)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_button_leads_back_to_pages_of_reports_only()
    {
        var page = await Admin.GetAsync("/admin/reports");
        foreach (var back in new[] { "https://evil.example/", "//evil.example/admin/reports", "/account", "/adminx", "/admin/reports\u00e9", "", null })
            Assert.Equal((back, HttpStatusCode.BadRequest), (back, (await Admin.SubmitAsync(page, "#report-state form", ("back", back))).Status));
        Assert.Equal(HttpStatusCode.BadRequest, (await Admin.SubmitAsync(page, "#report-state form", ("__RequestVerificationToken", null))).Status);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM report.refresh_request"));
    }

    private static AngleSharp.Dom.IElement State(WebPage page) => page.Document.GetElementById("report-state")!;
}
