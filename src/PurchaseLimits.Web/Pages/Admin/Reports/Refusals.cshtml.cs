using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Pages.Charts;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

public sealed class RefusalsModel(StoreDataSources dataSources, IOptions<ReportOptions> options)
    : PeriodReportModel(dataSources, options, ReportPage.Refusals)
{
    /// <summary>Products and customers that the page shows; the files have all.</summary>
    public const int Shown = 25;

    private const int FilePageSize = 5000;

    /// <summary>Refused by one limit on one day, or a sum of such. US dollars.</summary>
    public sealed record Row
    {
        public DateOnly Day { get; init; }
        public string WindowName { get; init; } = "";
        public long Refusals { get; init; }
        public decimal Refused { get; init; }

        /// <summary>Of those: bought after all, with an admin's approval.</summary>
        public long Recoveries { get; init; }
        public decimal Recovered { get; init; }
        public decimal Lost => Refused - Recovered;
    }

    public sealed record Product
    {
        public long ProductId { get; init; }
        public string Name { get; init; } = "";
        public long Refusals { get; init; }
        public long Units { get; init; }
        public decimal Refused { get; init; }
        public decimal Recovered { get; init; }
    }

    public sealed record Customer
    {
        public long CustomerId { get; init; }
        public string DisplayName { get; init; } = "";
        public long Refusals { get; init; }
        public decimal Refused { get; init; }
        public decimal Recovered { get; init; }
        public DateTimeOffset? LastRefusalAt { get; init; }
    }

    public sealed record Line(ReportSpan Span, long Refusals, decimal Refused, decimal Recovered);

    public IReadOnlyList<Line> Lines { get; private set; } = [];

    /// <summary>By limit, in the order of the limits.</summary>
    public IReadOnlyList<Row> Limits { get; private set; } = [];
    public IReadOnlyList<Product> Products { get; private set; } = [];

    /// <summary>Of all time: who lost the most sales.</summary>
    public IReadOnlyList<Customer> Customers { get; private set; } = [];

    public Chart Chart => new()
    {
        Id = "refusals-chart",
        Title = $"Refused by limits, by {Period.Step.ToString().ToLowerInvariant()}",
        Kind = ChartKind.Bars,
        Unit = ChartUnit.Money,
        Points = [.. Lines.Select(line => line.Span.Point)],
        Series = [new("Lost", Lines.Select(line => line.Refused - line.Recovered)), new("Bought after all", Lines.Select(line => line.Recovered))],
    };

    public Task<IActionResult> OnGetAsync([FromQuery] ReportPeriod.Input query) => ShowAsync(query, ReadAsync);

    private async Task ReadAsync(ReportSnapshot snapshot)
    {
        var rows = await ReadRowsAsync(snapshot, Period);
        var refusals = Period.Sum(rows, row => row.Day, row => row.Refusals);
        var refused = Period.Sum(rows, row => row.Day, row => row.Refused);
        var recovered = Period.Sum(rows, row => row.Day, row => row.Recovered);
        Lines = [.. Period.Spans.Select((span, i) => new Line(span, (long)refusals[i], refused[i], recovered[i]))];
        Limits = [.. rows.GroupBy(row => row.WindowName).Select(group => Sum(group.First(), group))];
        Products = await snapshot.QueryAsync<Product>($"{ProductSelect("true")} ORDER BY x.refused - x.recovered DESC, p.product_id LIMIT {Shown}", Period.Bounds);
        Customers = await snapshot.QueryAsync<Customer>(
            $"""
            SELECT s.customer_id, c.display_name, s.refusals, s.refused, s.recovered, s.last_refusal_at
            FROM (
                SELECT x.*
                FROM report.customer_spend x
                WHERE x.refusals > 0
                ORDER BY x.refused - x.recovered DESC, x.customer_id
                LIMIT {Shown}
            ) s
            JOIN store.customer c USING (customer_id)
            ORDER BY s.refused - s.recovered DESC, s.customer_id
            """);
    }

    /// <summary>By day, week or month, and limit.</summary>
    public async Task<IActionResult> OnGetCsvAsync([FromQuery] ReportPeriod.Input query)
    {
        if (await FilePeriodOrNullAsync(query) is not { } period)
            return BadRequest();
        var (rows, asOf) = await ReportSnapshot.ReadAsync(DataSources, "refusals_by_limit", snapshot => ReadRowsAsync(snapshot, period));
        await using var file = new ReportFile(Response, "refusals", "from", "to", "limit", "refusals", "refused", "bought_after_all", "recovered", "lost");
        foreach (var group in rows.GroupBy(row => (Span: period.IndexOf(row.Day), row.WindowName)).OrderBy(group => group.Key.Span))
        {
            var (span, sum) = (period.Spans[group.Key.Span], Sum(group.First(), group));
            await file.WriteAsync(asOf, ReportFile.Day(span.First), ReportFile.Day(span.Last), sum.WindowName, ReportFile.Count(sum.Refusals),
                ReportFile.Money(sum.Refused), ReportFile.Count(sum.Recoveries), ReportFile.Money(sum.Recovered), ReportFile.Money(sum.Lost));
        }

        return new EmptyResult();
    }

    /// <summary>All products of the period, by number.</summary>
    public async Task<IActionResult> OnGetProductsAsync([FromQuery] ReportPeriod.Input query)
    {
        if (await FilePeriodOrNullAsync(query) is not { } period)
            return BadRequest();
        await using var file = new ReportFile(Response, "refusals-by-product", "product", "name", "refusals", "units", "refused", "recovered", "lost");
        for (long after = 0; ;)
        {
            var (rows, asOf) = await ReportSnapshot.ReadAsync(DataSources, "refusals_by_product", snapshot => snapshot.QueryAsync<Product>(
                $"{ProductSelect("s.product_id > @after")} ORDER BY p.product_id LIMIT {FilePageSize}",
                new { period.FromText, period.ToText, after }));
            foreach (var row in rows)
            {
                await file.WriteAsync(asOf, ReportFile.Count(row.ProductId), row.Name, ReportFile.Count(row.Refusals), ReportFile.Count(row.Units),
                    ReportFile.Money(row.Refused), ReportFile.Money(row.Recovered), ReportFile.Money(row.Refused - row.Recovered));
            }

            if (rows.Count < FilePageSize)
                return new EmptyResult();
            after = rows[^1].ProductId;
        }
    }

    private static Task<IReadOnlyList<Row>> ReadRowsAsync(ReportSnapshot snapshot, ReportPeriod period) => snapshot.QueryAsync<Row>(
        """
        SELECT r.day, r.window_name, r.refusals, r.refused, r.recoveries, r.recovered
        FROM report.refusals_by_limit r
        JOIN store.limit_window w USING (window_name)
        WHERE r.day BETWEEN @FromText::date AND @ToText::date
        ORDER BY w.position, r.day
        """,
        period.Bounds);

    private static Row Sum(Row first, IEnumerable<Row> rows) => rows.Skip(1).Aggregate(first, (sum, row) => sum with
    {
        Refusals = sum.Refusals + row.Refusals,
        Refused = sum.Refused + row.Refused,
        Recoveries = sum.Recoveries + row.Recoveries,
        Recovered = sum.Recovered + row.Recovered,
    });

    private static string ProductSelect(string condition) =>
        $"""
        SELECT p.product_id, p.name, x.refusals, x.units, x.refused, x.recovered
        FROM (
            SELECT s.product_id, sum(s.refusals)::bigint AS refusals, sum(s.units)::bigint AS units, sum(s.refused) AS refused, sum(s.recovered) AS recovered
            FROM report.refusals_by_product s
            WHERE s.day BETWEEN @FromText::date AND @ToText::date
              AND {condition}
            GROUP BY s.product_id
        ) x
        JOIN store.product p USING (product_id)
        """;
}
