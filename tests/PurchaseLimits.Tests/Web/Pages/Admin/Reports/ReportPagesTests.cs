using System.Globalization;
using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin.Reports;

public sealed class ReportPagesTests(PostgresServer server) : ReportWebTest(server)
{
    private static readonly string[] s_pages = ["sales", "products", "customers", "refusals", "window-limits", "limit-changes", "refunds", "processing-times"];

    private static readonly string[] s_files =
    [
        "sales/csv", "sales/categories", "products/csv", "customers/csv", "refusals/csv", "refusals/products", "window-limits/csv", "limit-changes/csv",
        "refunds/csv", "processing-times/csv",
    ];

    [Fact]
    public async Task Sales_are_what_was_bought_in_the_chart_the_table_and_the_file()
    {
        await AddHistoryAsync();
        await RefreshReportsAsync();

        var page = await Admin.GetAsync("/admin/reports/sales?period=7");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("Sold $860.00 Of that refunded $5.00 whenever it was given back Kept $855.00 Purchases 4", page.Text, StringComparison.Ordinal);
        Assert.Equal(
            [
                [DayAgo(0), "2", "2", "$420.00", "$0.00", "$420.00"],
                [DayAgo(1), "1", "1", "$400.00", "$0.00", "$400.00"],
                [DayAgo(2), "0", "0", "$0.00", "$0.00", "$0.00"],
                [DayAgo(3), "1", "1", "$40.00", "$5.00", "$35.00"],
                [DayAgo(4), "0", "0", "$0.00", "$0.00", "$0.00"],
                [DayAgo(5), "0", "0", "$0.00", "$0.00", "$0.00"],
                [DayAgo(6), "0", "0", "$0.00", "$0.00", "$0.00"],
            ],
            Table(page, "Sales by day"));
        var points = page.Document.QuerySelectorAll("#sales-chart [data-point]");
        Assert.Equal(7, points.Length);
        Assert.Equal($"{DayAgo(3)}: kept $35.00, refunded $5.00", points[3].QuerySelector("title")!.TextContent);
        // Of $500 along the axis: 7 and 1 percent, one upon the other.
        Assert.Equal(["7%", "1%"], points[3].QuerySelectorAll(".chart-bar").Select(bar => bar.GetAttribute("height")!));
        Assert.Equal(["93%", "92%"], points[3].QuerySelectorAll(".chart-bar").Select(bar => bar.GetAttribute("y")!));
        Assert.Empty(points[2].QuerySelectorAll(".chart-bar"));
        // One stop for the Tab key.
        Assert.Equal("0", Assert.Single(points, point => point.GetAttribute("tabindex") == "0").GetAttribute("tabindex"));
        var plot = page.Document.QuerySelector("#sales-chart .chart-plot")!;
        Assert.Equal("Sales by day", page.Document.GetElementById(plot.GetAttribute("aria-labelledby")!)!.TextContent);
        Assert.StartsWith("7 values. Most: $420.00,", page.Document.GetElementById(plot.GetAttribute("aria-describedby")!)!.TextContent, StringComparison.Ordinal);

        Assert.Equal([["+Kettles", "$800.00", "93.02 %", "2", "$0.00"], ["Mugs", "$60.00", "6.98 %", "3", "$0.00"]], Table(page, "categories-title"));

        var file = await FileAsync("/admin/reports/sales/csv?period=7");
        Assert.Equal("from,to,purchases,customers,sold,refunded,kept,as_of", file[0]);
        Assert.Equal(8, file.Length);
        Assert.Equal($"{Iso(3)},{Iso(3)},1,1,40.00,5.00,35.00", WithoutMoment(file[4]));
        Assert.Equal("\"'+Kettles\",2,800.00,0.00,800.00", WithoutMoment((await FileAsync("/admin/reports/sales/categories?period=7"))[1]));
    }

    [Fact]
    public async Task Weeks_and_months_add_their_days_up_and_begin_as_the_settings_say()
    {
        await AddHistoryAsync();
        await ExecuteAsync("UPDATE store.store_setting SET week_starts_on = @day", new { day = (long)(Today.DayOfWeek == 0 ? 7 : (int)Today.DayOfWeek) });
        await RefreshReportsAsync();

        // Weeks begin on today's weekday: today is a week of its own.
        var weeks = Table(await Admin.GetAsync($"/admin/reports/sales?from={Iso(9)}&to={Iso(0)}&by=week"), "Sales by week");
        Assert.Equal(["2", "$420.00", "$0.00", "$420.00"], weeks[0][1..]);
        Assert.Equal(["2", "$440.00", "$5.00", "$435.00"], weeks[1][1..]);
        Assert.Equal(["0", "$0.00", "$0.00", "$0.00"], weeks[2][1..]);
        Assert.Equal(3, weeks.Count);

        var months = await FileAsync($"/admin/reports/sales/csv?from={Iso(400)}&by=month");
        Assert.Equal(860m, months.Skip(1).Sum(row => decimal.Parse(row.Split(',')[4], CultureInfo.InvariantCulture)));
        Assert.InRange(months.Length, 14, 16);
        Assert.Equal(Iso(400), months[1].Split(',')[0]);
        Assert.Equal(Iso(0), months[^1].Split(',')[1]);
    }

    [Fact]
    public async Task Every_other_report_says_what_happened()
    {
        await AddHistoryAsync();
        await RefreshReportsAsync();
        var admin = $"{await ActorAsync()} · admin@example.com";

        var products = await Admin.GetAsync("/admin/reports/products?period=7");
        Assert.Equal([["2", "@Kettle+Kettles", "$800.00", "93.02 %", "2", "2", "$0.00"], ["1", "-MugMugs", "$60.00", "6.98 %", "3", "2", "$0.00"]], Table(products, "products-title"));
        Assert.Equal("1", Table(await Admin.GetAsync("/admin/reports/products?period=7&sort=units"), "products-title")[0][0]);
        Assert.Equal(
            ["product,name,category,units,purchases,sold,refunded_units,refunded,kept", "1,\"'-Mug\",Mugs,3,2,60.00,0,0.00,60.00", "2,\"'@Kettle\",\"'+Kettles\",2,2,800.00,0,0.00,800.00"],
            (await FileAsync("/admin/reports/products/csv?period=7")).Select(WithoutMoment));

        var refusals = await Admin.GetAsync("/admin/reports/refusals?period=7");
        Assert.Contains("Purchases refused by a limit 1 Refused $400.00 Of that bought after all $0.00 with an admin’s approval Lost $400.00", refusals.Text, StringComparison.Ordinal);
        Assert.Equal([DayAgo(1), "1", "$400.00", "$0.00", "$400.00"], Table(refusals, "Refused by limits, by day")[1]);
        Assert.Equal([["Lifetime limit", "1", "$400.00", "100 %", "$0.00", "$400.00"]], Table(refusals, "limits-title"));
        Assert.Equal([["@Kettle", "1", "1", "$400.00", "$0.00", "$400.00"]], Table(refusals, "products-title"));
        Assert.Equal(["11", "Customer 11", "1", "$400.00", "$0.00", "$400.00"], Table(refusals, "customers-title").Single()[..6]);
        Assert.Equal([$"{Iso(1)},{Iso(1)},lifetime,1,400.00,0,0.00,400.00"], (await FileAsync("/admin/reports/refusals/csv?period=7")).Skip(1).Select(WithoutMoment));
        Assert.Equal(["2,\"'@Kettle\",1,1,400.00,0.00,400.00"], (await FileAsync("/admin/reports/refusals/products?period=7")).Skip(1).Select(WithoutMoment));

        var changes = await Admin.GetAsync("/admin/reports/limit-changes?period=7");
        Assert.Equal([DayAgo(0), "0", "2", "0"], Table(changes, "Limit changes by day")[0]);
        Assert.Equal([[admin, "0", "$0.00", "2", "$200.00", "0", "0", "0"]], Table(changes, "who-title"));
        Assert.Equal([$"{Iso(0)},{Iso(0)},{admin},0,0.00,2,200.00,0,0,0"], (await FileAsync("/admin/reports/limit-changes/csv?period=7")).Skip(1).Select(WithoutMoment));

        var refunds = await Admin.GetAsync("/admin/reports/refunds?period=7");
        Assert.Equal([DayAgo(0), "1", "$5.00", "$5.00", "$0.00"], Table(refunds, "Refunds by day")[0]);
        Assert.Equal([[admin, "1", "$5.00", "100 %", "$5.00", "0"]], Table(refunds, "who-title"));
        Assert.Equal([$"{Iso(0)},{Iso(0)},{admin},1,5.00,5.00,0"], (await FileAsync("/admin/reports/refunds/csv?period=7")).Skip(1).Select(WithoutMoment));

        var waiting = await Admin.GetAsync("/admin/reports/processing-times?period=7");
        var ended = Assert.Single(Table(waiting, "ends-title"));
        Assert.Equal(["an approval", "refused", "1"], ended[..3]);
        Assert.StartsWith("1 day", ended[3], StringComparison.Ordinal);
        Assert.Single(waiting.Document.QuerySelectorAll(".chart-dot-2"));
        Assert.StartsWith($"{Iso(0)},{Iso(0)},approval,refused,1,8640", (await FileAsync("/admin/reports/processing-times/csv?period=7"))[1], StringComparison.Ordinal);

        foreach (var listed in new[] { products, await Admin.GetAsync("/admin/reports/customers"), refusals })
            await AssertLinksWorkAsync(listed);

        var windows = await Admin.GetAsync("/admin/reports/window-limits");
        Assert.Equal(["12", "Customer 12", "week", "40 %", "$20.00", "$0.00", "$50.00", "$30.00"], Table(windows, "windows-title").Single()[..8]);
        Assert.Contains("No limit fits this search.", (await Admin.GetAsync("/admin/reports/window-limits?use=near")).Text, StringComparison.Ordinal);
        Assert.Contains("No limit fits this search.", (await Admin.GetAsync("/admin/reports/window-limits?window=day")).Text, StringComparison.Ordinal);
        Assert.Equal(2, (await FileAsync("/admin/reports/window-limits/csv?window=week")).Length);
    }

    [Fact]
    public async Task Customers_are_found_by_share_name_and_number_and_paged_without_a_gap()
    {
        await AddHistoryAsync();
        await AddCustomersAsync(100, 220);
        await RefreshReportsAsync();

        var page = await Admin.GetAsync("/admin/reports/customers");
        var rows = Table(page, "spend-title");
        Assert.Equal(["11", "Customer 11", "133.33 %", "$400.00", "$0.00", "$300.00", "over by $100.00", "133.33 %", "$400.00 (1)"], rows[0][..9]);
        Assert.Equal(["10", "Customer 10", "87 %", "$435.00", "$0.00", "$500.00", "$65.00", "88 %", "$0.00"], rows[1][..9]);
        Assert.Equal(["12", "Customer 12", "4 %"], rows[2][..3]);
        Assert.Contains("123 of them never used half of their limit. Those over the limit are over by $100.00 together.", page.Text, StringComparison.Ordinal);
        Assert.Equal(["0", "123", "0", "1", "0", "1"], Table(page, "spread-title").Select(row => row[1]));

        foreach (var (query, expected) in new[]
        {
            ("use=near", new[] { "11", "10" }), ("use=over", ["11"]), ("use=at", []), ("search=12&use=near", []), ("search=hyperlink", ["13"]),
            ("search=220", ["220"]), ("search=customer%20220", ["220"]), ("sort=spend&use=near", ["10", "11"]), ("sort=refused&use=near", ["11", "10"]),
        })
            Assert.Equal(expected, Table(await Admin.GetAsync($"/admin/reports/customers?{query}"), "spend-title").Select(row => row[0]));

        var seen = new List<string>();
        for (var next = "/admin/reports/customers?use=never"; next is not null; next = page.Document.QuerySelector("a[rel=next]")?.GetAttribute("href"))
        {
            page = await Admin.GetAsync(next);
            seen.AddRange(Table(page, "spend-title").Select(row => row[0]));
        }

        Assert.Equal(["12", "13", .. Enumerable.Range(100, 121).Select(id => id.ToString(CultureInfo.InvariantCulture))], seen);

        var file = await FileAsync("/admin/reports/customers/csv");
        Assert.Equal(126, file.Length);
        Assert.StartsWith("10,Customer 10,2,440.00,5.00,435.00,0.00,500.00,65.00,0.00,87.00,88.00,0,0.00,0.00,", file[1], StringComparison.Ordinal);
        Assert.StartsWith("13,\"'=HYPERLINK(", file[4], StringComparison.Ordinal);
        Assert.Equal(["10", "11"], (await FileAsync("/admin/reports/customers/csv?use=near")).Skip(1).Select(row => row.Split(',')[0]));
    }

    [Fact]
    public async Task A_period_that_makes_no_sense_is_a_sentence_at_the_field()
    {
        foreach (var (query, field, sentence) in new[]
        {
            ("from=2026-13-01&to=2026-11-24", "from", "Write a date, like 2026-11-24."),
            ("to=2020-01-01", "from", "Write a date, like 2026-11-24."),
            ("from=2020-02-01&to=2020-01-31", "to", "The last day comes before the first. Choose a later one, or an earlier first day."),
            ("from=9000-01-01", "from", "That day has not come yet. Choose one until today."),
            ("from=1950-01-01", "from", "That is more than 30 years. Choose a later first day."),
            ("from=2020-01-01&to=2022-01-01&by=day", "by", "That is more than 400 days. Choose weeks or months, or fewer days."),
            ("from=2000-01-01&to=2010-01-01&by=week", "by", "That is more than 400 weeks. Choose months, or fewer days."),
            ("from=2020-01-01'&to=x", "to", "Write a date, like 2026-11-24."),
        })
        {
            var page = await Admin.GetAsync($"/admin/reports/sales?{query}");
            Assert.Equal((query, HttpStatusCode.UnprocessableEntity), (query, page.Status));
            Assert.Equal(sentence, page.Document.GetElementById($"{field}-error")!.TextContent);
            Assert.Contains($"{field}-error", page.Document.GetElementById(field)!.GetAttribute("aria-describedby")!, StringComparison.Ordinal);
            Assert.Null(page.Document.GetElementById("report"));
            Assert.Equal(HttpStatusCode.BadRequest, (await Admin.GetAsync($"/admin/reports/sales/csv?{query}")).Status);
        }

        foreach (var name in new[] { "products", "refusals", "limit-changes", "refunds", "processing-times" })
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Admin.GetAsync($"/admin/reports/{name}?from=x")).Status);
    }

    [Fact]
    public async Task What_no_page_asks_for_is_refused_and_what_is_not_there_is_not_found()
    {
        foreach (var query in new[]
        {
            "sales?period=31", "sales?by=hour", "refunds?period=all", "products?sort=name", "customers?use=all%20of%20them", "customers?sort=x", "customers?after=x",
            "customers?after=1%20", "customers?after=1%20x", "customers?after=NaN%201", "window-limits?window=lifetime", "window-limits?after=1%201", "window-limits?after=1%20x%20day",
            "customers/csv?use=x", "products/csv?period=x", $"customers?search={new string('x', 255)}",
        })
            Assert.Equal((query, HttpStatusCode.BadRequest), (query, (await Admin.GetAsync($"/admin/reports/{query}")).Status));
        foreach (var path in new[] { "sales/xlsx", "nothing", "products/categories" })
            Assert.Equal((path, HttpStatusCode.NotFound), (path, (await Admin.GetAsync($"/admin/reports/{path}")).Status));
        Assert.Equal(HttpStatusCode.OK, (await Admin.GetAsync("/admin/reports/customers?search=%27%25_%5C&after=99999999999999.5%20999999999999999999")).Status);
    }

    [Fact]
    public async Task A_store_in_which_nothing_happened_says_what_to_do()
    {
        foreach (var name in s_pages)
        {
            var page = await Admin.GetAsync($"/admin/reports/{name}");
            Assert.Equal(HttpStatusCode.OK, page.Status);
            Assert.Contains("Press Refresh.", page.Text, StringComparison.Ordinal);
            Assert.Null(page.Document.GetElementById("report"));
        }

        foreach (var name in s_files)
            Assert.EndsWith(",as_of", Assert.Single(await FileAsync($"/admin/reports/{name}")), StringComparison.Ordinal);

        await RefreshReportsAsync();
        foreach (var (name, sentence) in new[]
        {
            ("sales", "Nothing was sold in these days"), ("products", "Nothing was sold in these days"), ("customers", "No customer fits this search."),
            ("refusals", "No limit refused a purchase in these days"), ("window-limits", "Set one for a customer on the customer’s page"),
            ("limit-changes", "No limit was changed in these days"), ("refunds", "Nothing was refunded in these days"),
            ("processing-times", "No purchase came to the end of a wait in these days"),
        })
        {
            var page = await Admin.GetAsync($"/admin/reports/{name}");
            Assert.Contains(sentence, page.Text, StringComparison.Ordinal);
            if (name is "sales" or "window-limits")
                await AssertLinksWorkAsync(page);
        }
    }

    [Fact]
    public async Task Nobody_but_admins_sees_them()
    {
        await AddSignInsAsync(10, 10);
        using var visitor = Web.NewShopper();
        using var customer = await SignedInAsync("customer10@example.com");
        foreach (var path in s_pages.Concat(s_files).Select(name => $"/admin/reports/{name}").Concat(["/admin", "/admin/reports"]))
        {
            Assert.Equal(HttpStatusCode.Redirect, (await visitor.GetAsync(path)).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await customer.GetAsync(path)).Status);
        }
    }
}
