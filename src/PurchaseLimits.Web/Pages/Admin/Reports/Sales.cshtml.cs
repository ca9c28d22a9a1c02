using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Pages.Charts;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

public sealed class SalesModel(StoreDataSources dataSources, IOptions<ReportOptions> options)
    : PeriodReportModel(dataSources, options, ReportPage.Sales)
{
    /// <summary>Amounts are US dollars.</summary>
    public sealed record Row
    {
        public DateOnly Day { get; init; }
        public long Purchases { get; init; }

        /// <summary>Who bought that day. Not to be added up: whoever bought on two days is in both.</summary>
        public long Customers { get; init; }

        public decimal Sold { get; init; }

        /// <summary>Of that, whenever it was given back.</summary>
        public decimal Refunded { get; init; }
    }

    public sealed record Category
    {
        public string Name { get; init; } = "";
        public long Units { get; init; }
        public decimal Sold { get; init; }
        public decimal Refunded { get; init; }
    }

    /// <summary>A day, or the sum of some.</summary>
    public sealed record Line(ReportSpan Span, long Purchases, long? Customers, decimal Sold, decimal Refunded);

    public IReadOnlyList<Line> Lines { get; private set; } = [];

    /// <summary>Best first.</summary>
    public IReadOnlyList<Category> Categories { get; private set; } = [];

    public Chart Chart => new()
    {
        Id = "sales-chart",
        Title = $"Sales by {Period.Step.ToString().ToLowerInvariant()}",
        Kind = ChartKind.Bars,
        Unit = ChartUnit.Money,
        Points = [.. Lines.Select(line => line.Span.Point)],
        Series = [new("Kept", Lines.Select(line => line.Sold - line.Refunded)), new("Refunded", Lines.Select(line => line.Refunded))],
    };

    public Task<IActionResult> OnGetAsync([FromQuery] ReportPeriod.Input query) => ShowAsync(query, ReadAsync);

    private async Task ReadAsync(ReportSnapshot snapshot)
    {
        Lines = await ReadLinesAsync(snapshot, Period);
        Categories = await ReadCategoriesAsync(snapshot, Period);
    }

    /// <summary>By day, week or month.</summary>
    public async Task<IActionResult> OnGetCsvAsync([FromQuery] ReportPeriod.Input query)
    {
        if (await FilePeriodOrNullAsync(query) is not { } period)
            return BadRequest();
        var (lines, asOf) = await ReportSnapshot.ReadAsync(DataSources, "sales_by_day", snapshot => ReadLinesAsync(snapshot, period));
        await using var file = new ReportFile(Response, "sales", "from", "to", "purchases", "customers", "sold", "refunded", "kept");
        // Days without sales are known only where the report is.
        foreach (var line in asOf is null ? [] : lines)
        {
            await file.WriteAsync(asOf, ReportFile.Day(line.Span.First), ReportFile.Day(line.Span.Last), ReportFile.Count(line.Purchases),
                ReportFile.Count(line.Customers), ReportFile.Money(line.Sold), ReportFile.Money(line.Refunded), ReportFile.Money(line.Sold - line.Refunded));
        }

        return new EmptyResult();
    }

    public async Task<IActionResult> OnGetCategoriesAsync([FromQuery] ReportPeriod.Input query)
    {
        if (await FilePeriodOrNullAsync(query) is not { } period)
            return BadRequest();
        var (categories, asOf) = await ReportSnapshot.ReadAsync(DataSources, "sales_by_category", snapshot => ReadCategoriesAsync(snapshot, period));
        await using var file = new ReportFile(Response, "sales-by-category", "category", "units", "sold", "refunded", "kept");
        foreach (var category in categories)
        {
            await file.WriteAsync(asOf, category.Name, ReportFile.Count(category.Units), ReportFile.Money(category.Sold),
                ReportFile.Money(category.Refunded), ReportFile.Money(category.Sold - category.Refunded));
        }

        return new EmptyResult();
    }

    private static async Task<IReadOnlyList<Line>> ReadLinesAsync(ReportSnapshot snapshot, ReportPeriod period)
    {
        var rows = await snapshot.QueryAsync<Row>(
            """
            SELECT s.day, s.purchases, s.customers, s.sold, s.refunded
            FROM report.sales_by_day s
            WHERE s.day BETWEEN @FromText::date AND @ToText::date
            ORDER BY s.day
            """,
            period.Bounds);
        var purchases = period.Sum(rows, row => row.Day, row => row.Purchases);
        var customers = period.Sum(rows, row => row.Day, row => row.Customers);
        var sold = period.Sum(rows, row => row.Day, row => row.Sold);
        var refunded = period.Sum(rows, row => row.Day, row => row.Refunded);
        return
        [
            .. period.Spans.Select((span, i) => new Line(
                span, (long)purchases[i], period.Step == ReportStep.Day ? (long)customers[i] : null, sold[i], refunded[i])),
        ];
    }

    private static Task<IReadOnlyList<Category>> ReadCategoriesAsync(ReportSnapshot snapshot, ReportPeriod period) => snapshot.QueryAsync<Category>(
        """
        SELECT c.name, sum(s.units)::bigint AS units, sum(s.sold) AS sold, sum(s.refunded) AS refunded
        FROM report.sales_by_category s
        JOIN store.category c USING (category_id)
        WHERE s.day BETWEEN @FromText::date AND @ToText::date
        GROUP BY c.category_id, c.name
        ORDER BY sold DESC, c.name
        """,
        period.Bounds);
}
