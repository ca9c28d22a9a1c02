using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Http;
using PurchaseLimits.Web.Pages.Charts;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

public sealed class SpendModel(StoreDataSources dataSources, IOptions<ReportOptions> options) : PageModel
{
    private const int PageSize = 50;
    private const int FilePageSize = 5000;

    /// <summary>What <c>?use=</c> may say: what it says on the page, and what SQL it is.</summary>
    public static IReadOnlyDictionary<string, (string Words, string Condition)> Uses { get; } = new Dictionary<string, (string, string)>
    {
        ["all"] = ("All", "true"),
        ["near"] = ("80 % used or more", "s.standing <> 'below'"),
        ["at"] = ("At the limit", "s.standing = 'at_limit'"),
        ["over"] = ("Over the limit", "s.standing = 'over'"),
        ["never"] = ("Never above 50 %", "s.peak_percent < 50 AND s.limit_amount < store.no_limit()"),
    };

    /// <summary>What <c>?sort=</c> may say: what it says on the page, and what SQL it is. The greatest comes first.</summary>
    public static IReadOnlyDictionary<string, (string Words, string Sql)> Sorts { get; } = new Dictionary<string, (string, string)>
    {
        ["share"] = ("Most of the limit", "s.used_percent"),
        ["spend"] = ("Most bought", "s.bought"),
        ["refused"] = ("Most refused", "s.refused"),
    };

    /// <summary>Amounts are US dollars.</summary>
    public sealed record Row
    {
        public long CustomerId { get; init; }
        public string DisplayName { get; init; } = "";
        public long Purchases { get; init; }
        public decimal Sold { get; init; }
        public decimal Refunded { get; init; }

        /// <summary>What counts against the lifetime limit, and what is held against it.</summary>
        public decimal Bought { get; init; }
        public decimal Held { get; init; }

        public decimal LimitAmount { get; init; }
        public decimal LeftAmount { get; init; }
        public decimal OverBy { get; init; }
        public decimal UsedPercent { get; init; }
        public decimal PeakPercent { get; init; }
        public long Refusals { get; init; }
        public decimal Refused { get; init; }
        public decimal Recovered { get; init; }
        public DateTimeOffset? LastPurchaseAt { get; init; }
        public DateTimeOffset? LastRefusalAt { get; init; }

        public decimal ValueOf(string sort) => sort switch
        {
            "spend" => Bought,
            "refused" => Refused,
            _ => UsedPercent,
        };
    }

    /// <summary>How many customers used how much of their limit.</summary>
    public sealed record Spread
    {
        public long Customers { get; init; }
        public long Unlimited { get; init; }
        public long BelowHalf { get; init; }
        public long BelowNear { get; init; }
        public long Near { get; init; }
        public long AtLimit { get; init; }
        public long Over { get; init; }
        public long Never { get; init; }
        public decimal OverBy { get; init; }
    }

    public ReportHead Head { get; private set; } = null!;
    public ShareFilter Filter { get; private set; } = null!;
    public IReadOnlyList<Row> Rows { get; private set; } = [];
    public Spread Customers { get; private set; } = null!;

    /// <summary>Where the next page begins; null: nowhere.</summary>
    public string? After { get; private set; }

    public Chart Chart => new()
    {
        Id = "spend-chart",
        Title = "Customers by how much of the limit is used",
        Kind = ChartKind.Bars,
        Unit = ChartUnit.Count,
        Points =
        [
            new("No limit", "none"), new("Below 50 % of the limit", "below 50 %"), new("50 % to 80 % of the limit", "50–80 %"),
            new("80 % or more of the limit", "80 % up"), new("At the limit", "at limit"), new("Over the limit", "over"),
        ],
        Series = [new("Customers", new decimal[] { Customers.Unlimited, Customers.BelowHalf, Customers.BelowNear, Customers.Near, Customers.AtLimit, Customers.Over })],
    };

    public async Task<IActionResult> OnGetAsync([FromQuery] ShareFilter.Input query)
    {
        if (Read(query) is not { } filter)
            return BadRequest();
        Filter = filter;
        await using var snapshot = await ReportSnapshot.OpenAsync(dataSources, HttpContext.RequestAborted);
        Head = await ReportHead.ReadAsync(dataSources, options.Value, ReportPage.Spend, snapshot);
        Customers = await ReadSpreadAsync(snapshot);
        var sort = Sorts[filter.Sort].Sql;
        var rows = await snapshot.QueryAsync<Row>(
            $"""
            {Select(filter)}
              AND (@AfterValue::numeric IS NULL OR ({sort}, -s.customer_id) < (@AfterValue, -@AfterKey::bigint))
            ORDER BY {sort} DESC, s.customer_id
            LIMIT {PageSize + 1}
            """,
            filter);
        Rows = [.. rows.Take(PageSize)];
        After = rows.Count > PageSize ? ShareFilter.Position(Rows[^1].ValueOf(filter.Sort), ReportFile.Count(Rows[^1].CustomerId)) : null;
        return Page();
    }

    /// <summary>All customers that the filter finds, by number.</summary>
    public async Task<IActionResult> OnGetCsvAsync([FromQuery] ShareFilter.Input query)
    {
        if (Read(query) is not { } filter)
            return BadRequest();
        await using var file = new ReportFile(Response, "spend-by-customer",
            "customer", "name", "purchases", "sold", "refunded", "bought", "held", "limit", "left", "over_by", "used_percent", "peak_percent",
            "refusals", "refused", "recovered", "last_purchase_at", "last_refusal_at");
        for (long after = 0; ;)
        {
            var (rows, asOf) = await ReportSnapshot.ReadAsync(dataSources, "customer_spend", snapshot => snapshot.QueryAsync<Row>(
                $"""
                {Select(filter)}
                  AND s.customer_id > @after
                ORDER BY s.customer_id
                LIMIT {FilePageSize}
                """,
                new { filter.Search, filter.Number, after }));
            foreach (var row in rows)
            {
                var isUnlimited = Pages.LimitWords.IsNone(row.LimitAmount);
                await file.WriteAsync(asOf, ReportFile.Count(row.CustomerId), row.DisplayName, ReportFile.Count(row.Purchases),
                    ReportFile.Money(row.Sold), ReportFile.Money(row.Refunded), ReportFile.Money(row.Bought), ReportFile.Money(row.Held),
                    isUnlimited ? "no limit" : ReportFile.Money(row.LimitAmount), isUnlimited ? "" : ReportFile.Money(row.LeftAmount),
                    ReportFile.Money(row.OverBy), isUnlimited ? "" : ReportFile.Money(row.UsedPercent), isUnlimited ? "" : ReportFile.Money(row.PeakPercent),
                    ReportFile.Count(row.Refusals), ReportFile.Money(row.Refused), ReportFile.Money(row.Recovered),
                    ReportFile.Moment(row.LastPurchaseAt), ReportFile.Moment(row.LastRefusalAt));
            }

            if (rows.Count < FilePageSize)
                return new EmptyResult();
            after = rows[^1].CustomerId;
        }
    }

    /// <summary>Also for the dashboard.</summary>
    public static Task<Spread> ReadSpreadAsync(ReportSnapshot snapshot) => snapshot.SingleAsync<Spread>(
        """
        SELECT
            count(*) AS customers,
            count(*) FILTER (WHERE n.is_unlimited) AS unlimited,
            count(*) FILTER (WHERE s.standing = 'below' AND s.used_percent < 50 AND NOT n.is_unlimited) AS below_half,
            count(*) FILTER (WHERE s.standing = 'below' AND s.used_percent >= 50 AND NOT n.is_unlimited) AS below_near,
            count(*) FILTER (WHERE s.standing = 'near') AS near,
            count(*) FILTER (WHERE s.standing = 'at_limit') AS at_limit,
            count(*) FILTER (WHERE s.standing = 'over') AS over,
            count(*) FILTER (WHERE s.peak_percent < 50 AND NOT n.is_unlimited) AS never,
            coalesce(sum(s.over_by), 0) AS over_by
        FROM report.customer_spend s
        CROSS JOIN LATERAL (SELECT s.limit_amount >= store.no_limit() AS is_unlimited) n
        """);

    private static ShareFilter? Read(ShareFilter.Input query) =>
        ShareFilter.ReadOrNull(query, Uses.Keys, Sorts.Keys, key => StrictInput.TryId(key, out _));

    private static string Select(ShareFilter filter) =>
        $"""
        SELECT s.*, c.display_name
        FROM report.customer_spend s
        JOIN store.customer c USING (customer_id)
        WHERE {Uses[filter.Use].Condition}
          AND (@Search::text IS NULL OR s.customer_id = @Number OR position(lower(normalize(@Search, NFC)) IN lower(c.display_name)) > 0)
        """;
}
