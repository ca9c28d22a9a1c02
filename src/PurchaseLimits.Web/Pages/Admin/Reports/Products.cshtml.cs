using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

public sealed class ProductsModel(StoreDataSources dataSources, IOptions<ReportOptions> options)
    : PeriodReportModel(dataSources, options, ReportPage.Products)
{
    /// <summary>How many the page shows; the file has all.</summary>
    public const int Shown = 50;

    private const int FilePageSize = 5000;

    /// <summary>What <c>?sort=</c> may say: what it says on the page, and what SQL it is.</summary>
    public static IReadOnlyDictionary<string, (string Words, string Sql)> Sorts { get; } = new Dictionary<string, (string, string)>
    {
        ["sold"] = ("Most money", "sold"),
        ["units"] = ("Most units", "units"),
        ["refunded"] = ("Most refunded", "refunded"),
    };

    public sealed record Input
    {
        public string? Sort { get; init; }
    }

    /// <summary>Amounts are US dollars.</summary>
    public sealed record Row
    {
        public long ProductId { get; init; }
        public string Name { get; init; } = "";
        public string Category { get; init; } = "";
        public long Purchases { get; init; }
        public long Units { get; init; }
        public decimal Sold { get; init; }
        public decimal Refunded { get; init; }
        public long RefundedUnits { get; init; }
    }

    public sealed record Sum(long Products, decimal Sold, long Units);


    /// <summary>A key of <see cref="Sorts"/>.</summary>
    public string Sort { get; private set; } = "sold";

    public override PeriodPicker Picker => new(ReportPage.Products.Page, Period, new Dictionary<string, string?> { ["sort"] = Sort == "sold" ? null : Sort });
    public IReadOnlyList<Row> Rows { get; private set; } = [];
    public Sum Total { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromQuery] ReportPeriod.Input query, [FromQuery] Input list)
    {
        Sort = string.IsNullOrEmpty(list.Sort) ? "sold" : list.Sort;
        return Sorts.ContainsKey(Sort) ? await ShowAsync(query, ReadAsync) : BadRequest();
    }

    private async Task ReadAsync(ReportSnapshot snapshot)
    {
        Rows = await snapshot.QueryAsync<Row>(
            $"{Select("true")} ORDER BY {Sorts[Sort].Sql} DESC, p.product_id LIMIT {Shown}",
            Period.Bounds);
        Total = await snapshot.SingleAsync<Sum>(
            """
            SELECT count(DISTINCT s.product_id) AS products, coalesce(sum(s.sold), 0) AS sold, coalesce(sum(s.units), 0)::bigint AS units
            FROM report.sales_by_product s
            WHERE s.day BETWEEN @FromText::date AND @ToText::date
            """,
            Period.Bounds);
    }

    /// <summary>All products of the period, by number.</summary>
    public async Task<IActionResult> OnGetCsvAsync([FromQuery] ReportPeriod.Input query)
    {
        if (await FilePeriodOrNullAsync(query) is not { } period)
            return BadRequest();
        await using var file = new ReportFile(Response, "products",
            "product", "name", "category", "units", "purchases", "sold", "refunded_units", "refunded", "kept");
        for (long after = 0; ;)
        {
            var (rows, asOf) = await ReportSnapshot.ReadAsync(DataSources, "sales_by_product", snapshot => snapshot.QueryAsync<Row>(
                $"{Select("s.product_id > @after")} ORDER BY p.product_id LIMIT {FilePageSize}",
                new { period.FromText, period.ToText, after }));
            foreach (var row in rows)
            {
                await file.WriteAsync(asOf, ReportFile.Count(row.ProductId), row.Name, row.Category, ReportFile.Count(row.Units),
                    ReportFile.Count(row.Purchases), ReportFile.Money(row.Sold), ReportFile.Count(row.RefundedUnits), ReportFile.Money(row.Refunded),
                    ReportFile.Money(row.Sold - row.Refunded));
            }

            if (rows.Count < FilePageSize)
                return new EmptyResult();
            after = rows[^1].ProductId;
        }
    }

    private static string Select(string condition) =>
        $"""
        SELECT p.product_id, p.name, c.name AS category, x.purchases, x.units, x.sold, x.refunded, x.refunded_units
        FROM (
            SELECT s.product_id, sum(s.purchases)::bigint AS purchases, sum(s.units)::bigint AS units, sum(s.sold) AS sold,
                   sum(s.refunded) AS refunded, sum(s.refunded_units)::bigint AS refunded_units
            FROM report.sales_by_product s
            WHERE s.day BETWEEN @FromText::date AND @ToText::date
              AND {condition}
            GROUP BY s.product_id
        ) x
        JOIN store.product p USING (product_id)
        JOIN store.category c USING (category_id)
        """;
}
