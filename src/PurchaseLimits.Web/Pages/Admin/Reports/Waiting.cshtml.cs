using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Pages.Charts;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

public sealed class WaitingModel(StoreDataSources dataSources, IOptions<ReportOptions> options)
    : PeriodReportModel(dataSources, options, ReportPage.Waiting)
{
    /// <summary>Waits that ended on one day in one way, or a sum of such.</summary>
    public sealed record Row
    {
        public DateOnly Day { get; init; }

        /// <summary>price or approval.</summary>
        public string WaitedFor { get; init; } = "";

        /// <summary>confirmed, refused, expired, cancelled …</summary>
        public string EndedAs { get; init; } = "";
        public long Purchases { get; init; }

        /// <summary>Of all of them together.</summary>
        public decimal Seconds { get; init; }
        public decimal LongestSeconds { get; init; }

        /// <summary>Each of these counts those before it too.</summary>
        public long WithinMinute { get; init; }
        public long WithinHour { get; init; }
        public long WithinDay { get; init; }

        public decimal AverageSeconds => Purchases == 0 ? 0 : Seconds / Purchases;
    }

    /// <summary>Averages; null where none ended.</summary>
    public sealed record Line(ReportSpan Span, long ForPrice, decimal? PriceSeconds, long ForApproval, decimal? ApprovalSeconds);

    public IReadOnlyList<Line> Lines { get; private set; } = [];

    /// <summary>By what was waited for and how it ended.</summary>
    public IReadOnlyList<Row> Ends { get; private set; } = [];

    public Chart Chart => new()
    {
        Id = "waiting-chart",
        Title = $"Average wait by {Period.Step.ToString().ToLowerInvariant()}",
        Kind = ChartKind.Lines,
        Unit = ChartUnit.Duration,
        Points = [.. Lines.Select(line => line.Span.Point)],
        Series = [new("For a price", [.. Lines.Select(line => line.PriceSeconds)]), new("For an approval", [.. Lines.Select(line => line.ApprovalSeconds)])],
    };

    public Task<IActionResult> OnGetAsync([FromQuery] ReportPeriod.Input query) => ShowAsync(query, ReadAsync);

    private async Task ReadAsync(ReportSnapshot snapshot)
    {
        var rows = await ReadRowsAsync(snapshot, Period);
        var prices = rows.Where(row => row.WaitedFor == "price").ToList();
        var approvals = rows.Where(row => row.WaitedFor == "approval").ToList();
        var (priceCount, priceSeconds) = (Period.Sum(prices, row => row.Day, row => row.Purchases), Period.Sum(prices, row => row.Day, row => row.Seconds));
        var (approvalCount, approvalSeconds) = (Period.Sum(approvals, row => row.Day, row => row.Purchases), Period.Sum(approvals, row => row.Day, row => row.Seconds));
        Lines =
        [
            .. Period.Spans.Select((span, i) => new Line(span,
                (long)priceCount[i], priceCount[i] == 0 ? null : priceSeconds[i] / priceCount[i],
                (long)approvalCount[i], approvalCount[i] == 0 ? null : approvalSeconds[i] / approvalCount[i])),
        ];
        Ends = [.. rows.GroupBy(row => (row.WaitedFor, row.EndedAs)).Select(Sum).OrderByDescending(row => row.WaitedFor, StringComparer.Ordinal).ThenByDescending(row => row.Purchases)];
    }

    /// <summary>By day, week or month, what was waited for, and how it ended.</summary>
    public async Task<IActionResult> OnGetCsvAsync([FromQuery] ReportPeriod.Input query)
    {
        if (await FilePeriodOrNullAsync(query) is not { } period)
            return BadRequest();
        var (rows, asOf) = await ReportSnapshot.ReadAsync(DataSources, "waiting_times", snapshot => ReadRowsAsync(snapshot, period));
        await using var file = new ReportFile(Response, "processing-times",
            "from", "to", "waited_for", "ended_as", "purchases", "average_seconds", "longest_seconds", "within_minute", "within_hour", "within_day");
        foreach (var group in rows.GroupBy(row => (Span: period.IndexOf(row.Day), row.WaitedFor, row.EndedAs)).OrderBy(group => group.Key.Span))
        {
            var (span, sum) = (period.Spans[group.Key.Span], Sum(group));
            await file.WriteAsync(asOf, ReportFile.Day(span.First), ReportFile.Day(span.Last), sum.WaitedFor, sum.EndedAs, ReportFile.Count(sum.Purchases),
                ReportFile.Money(sum.AverageSeconds), ReportFile.Money(sum.LongestSeconds), ReportFile.Count(sum.WithinMinute),
                ReportFile.Count(sum.WithinHour), ReportFile.Count(sum.WithinDay));
        }

        return new EmptyResult();
    }

    private static Task<IReadOnlyList<Row>> ReadRowsAsync(ReportSnapshot snapshot, ReportPeriod period) => snapshot.QueryAsync<Row>(
        """
        SELECT w.*
        FROM report.waiting_times w
        WHERE w.day BETWEEN @FromText::date AND @ToText::date
        ORDER BY w.day, w.waited_for, w.ended_as
        """,
        period.Bounds);

    private static Row Sum(IEnumerable<Row> rows) => rows.Aggregate((sum, row) => sum with
    {
        Purchases = sum.Purchases + row.Purchases,
        Seconds = sum.Seconds + row.Seconds,
        LongestSeconds = Math.Max(sum.LongestSeconds, row.LongestSeconds),
        WithinMinute = sum.WithinMinute + row.WithinMinute,
        WithinHour = sum.WithinHour + row.WithinHour,
        WithinDay = sum.WithinDay + row.WithinDay,
    });
}
