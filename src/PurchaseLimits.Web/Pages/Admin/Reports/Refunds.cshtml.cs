using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Pages.Charts;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

public sealed class RefundsModel(StoreDataSources dataSources, IOptions<ReportOptions> options)
    : PeriodReportModel(dataSources, options, ReportPage.Refunds)
{
    /// <summary>What one admin refunded on one day, or a sum of such. US dollars.</summary>
    public sealed record Row
    {
        public DateOnly Day { get; init; }
        public string Actor { get; init; } = "";
        public long Refunds { get; init; }
        public decimal Refunded { get; init; }

        /// <summary>Of that: may be bought for again.</summary>
        public decimal Restored { get; init; }

        /// <summary>Refunds after which nothing of the purchase was left.</summary>
        public long Whole { get; init; }
    }

    public sealed record Line(ReportSpan Span, long Refunds, decimal Refunded, decimal Restored);

    public IReadOnlyList<Line> Lines { get; private set; } = [];

    /// <summary>Who refunded most first.</summary>
    public IReadOnlyList<Row> Actors { get; private set; } = [];

    public Chart Chart => new()
    {
        Id = "refunds-chart",
        Title = $"Refunds by {Period.Step.ToString().ToLowerInvariant()}",
        Kind = ChartKind.Bars,
        Unit = ChartUnit.Money,
        Points = [.. Lines.Select(line => line.Span.Point)],
        Series = [new("May be bought for again", Lines.Select(line => line.Restored)), new("Stays used up", Lines.Select(line => line.Refunded - line.Restored))],
    };

    public Task<IActionResult> OnGetAsync([FromQuery] ReportPeriod.Input query) => ShowAsync(query, ReadAsync);

    private async Task ReadAsync(ReportSnapshot snapshot)
    {
        var rows = await ReadRowsAsync(snapshot, Period);
        var refunds = Period.Sum(rows, row => row.Day, row => row.Refunds);
        var refunded = Period.Sum(rows, row => row.Day, row => row.Refunded);
        var restored = Period.Sum(rows, row => row.Day, row => row.Restored);
        Lines = [.. Period.Spans.Select((span, i) => new Line(span, (long)refunds[i], refunded[i], restored[i]))];
        Actors = [.. rows.GroupBy(row => row.Actor).Select(Sum).OrderByDescending(row => row.Refunded).ThenBy(row => row.Actor, StringComparer.Ordinal)];
    }

    /// <summary>By day, week or month, and who.</summary>
    public async Task<IActionResult> OnGetCsvAsync([FromQuery] ReportPeriod.Input query)
    {
        if (await FilePeriodOrNullAsync(query) is not { } period)
            return BadRequest();
        var names = await AdminNames.ReadAsync(DataSources);
        var (rows, asOf) = await ReportSnapshot.ReadAsync(DataSources, "refunds", snapshot => ReadRowsAsync(snapshot, period));
        await using var file = new ReportFile(Response, "refunds", "from", "to", "who", "refunds", "refunded", "restored", "whole");
        foreach (var group in rows.GroupBy(row => (Span: period.IndexOf(row.Day), row.Actor)).OrderBy(group => group.Key.Span))
        {
            var (span, sum) = (period.Spans[group.Key.Span], Sum(group));
            await file.WriteAsync(asOf, ReportFile.Day(span.First), ReportFile.Day(span.Last), names.Of(sum.Actor), ReportFile.Count(sum.Refunds),
                ReportFile.Money(sum.Refunded), ReportFile.Money(sum.Restored), ReportFile.Count(sum.Whole));
        }

        return new EmptyResult();
    }

    private static Task<IReadOnlyList<Row>> ReadRowsAsync(ReportSnapshot snapshot, ReportPeriod period) => snapshot.QueryAsync<Row>(
        """
        SELECT r.*
        FROM report.refunds r
        WHERE r.day BETWEEN @FromText::date AND @ToText::date
        ORDER BY r.day, r.actor
        """,
        period.Bounds);

    private static Row Sum(IEnumerable<Row> rows) => rows.Aggregate((sum, row) => sum with
    {
        Refunds = sum.Refunds + row.Refunds,
        Refunded = sum.Refunded + row.Refunded,
        Restored = sum.Restored + row.Restored,
        Whole = sum.Whole + row.Whole,
    });
}
