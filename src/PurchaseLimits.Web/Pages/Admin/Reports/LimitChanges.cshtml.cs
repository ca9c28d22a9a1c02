using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Pages.Charts;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

public sealed class LimitChangesModel(StoreDataSources dataSources, IOptions<ReportOptions> options)
    : PeriodReportModel(dataSources, options, ReportPage.LimitChanges)
{
    /// <summary>What one admin changed on one day, or a sum of such. US dollars; changes from or to "no limit" count but have no amount.</summary>
    public sealed record Row
    {
        public DateOnly Day { get; init; }

        /// <summary>As the ledger names them; <c>customer</c> for all customers' own changes together.</summary>
        public string Actor { get; init; } = "";
        public long Raises { get; init; }
        public decimal Raised { get; init; }
        public long Cuts { get; init; }
        public decimal Lowered { get; init; }

        /// <summary>To the same amount, for another time.</summary>
        public long Others { get; init; }
        public long Temporary { get; init; }
        public long ForOnePurchase { get; init; }
        public long All => Raises + Cuts + Others;
    }

    public sealed record Line(ReportSpan Span, long Raises, long Cuts, long Others);

    public IReadOnlyList<Line> Lines { get; private set; } = [];

    /// <summary>Who changed most first.</summary>
    public IReadOnlyList<Row> Actors { get; private set; } = [];

    public Chart Chart => new()
    {
        Id = "changes-chart",
        Title = $"Limit changes by {Period.Step.ToString().ToLowerInvariant()}",
        Kind = ChartKind.Bars,
        Unit = ChartUnit.Count,
        Points = [.. Lines.Select(line => line.Span.Point)],
        Series =
        [
            new("Raises", Lines.Select(line => (decimal)line.Raises)),
            new("Cuts", Lines.Select(line => (decimal)line.Cuts)),
            new("Others", Lines.Select(line => (decimal)line.Others)),
        ],
    };

    public Task<IActionResult> OnGetAsync([FromQuery] ReportPeriod.Input query) => ShowAsync(query, ReadAsync);

    private async Task ReadAsync(ReportSnapshot snapshot)
    {
        var rows = await ReadRowsAsync(snapshot, Period);
        var raises = Period.Sum(rows, row => row.Day, row => row.Raises);
        var cuts = Period.Sum(rows, row => row.Day, row => row.Cuts);
        var others = Period.Sum(rows, row => row.Day, row => row.Others);
        Lines = [.. Period.Spans.Select((span, i) => new Line(span, (long)raises[i], (long)cuts[i], (long)others[i]))];
        Actors = [.. rows.GroupBy(row => row.Actor).Select(Sum).OrderByDescending(row => row.All).ThenBy(row => row.Actor, StringComparer.Ordinal)];
    }

    /// <summary>By day, week or month, and who.</summary>
    public async Task<IActionResult> OnGetCsvAsync([FromQuery] ReportPeriod.Input query)
    {
        if (await FilePeriodOrNullAsync(query) is not { } period)
            return BadRequest();
        var names = await AdminNames.ReadAsync(DataSources);
        var (rows, asOf) = await ReportSnapshot.ReadAsync(DataSources, "limit_changes", snapshot => ReadRowsAsync(snapshot, period));
        await using var file = new ReportFile(Response, "limit-changes",
            "from", "to", "who", "raises", "raised", "cuts", "lowered", "others", "temporary", "for_one_purchase");
        foreach (var group in rows.GroupBy(row => (Span: period.IndexOf(row.Day), row.Actor)).OrderBy(group => group.Key.Span))
        {
            var (span, sum) = (period.Spans[group.Key.Span], Sum(group));
            await file.WriteAsync(asOf, ReportFile.Day(span.First), ReportFile.Day(span.Last), names.Of(sum.Actor),
                ReportFile.Count(sum.Raises), ReportFile.Money(sum.Raised), ReportFile.Count(sum.Cuts), ReportFile.Money(sum.Lowered),
                ReportFile.Count(sum.Others), ReportFile.Count(sum.Temporary), ReportFile.Count(sum.ForOnePurchase));
        }

        return new EmptyResult();
    }

    private static Task<IReadOnlyList<Row>> ReadRowsAsync(ReportSnapshot snapshot, ReportPeriod period) => snapshot.QueryAsync<Row>(
        """
        SELECT l.*
        FROM report.limit_changes l
        WHERE l.day BETWEEN @FromText::date AND @ToText::date
        ORDER BY l.day, l.actor
        """,
        period.Bounds);

    private static Row Sum(IEnumerable<Row> rows) => rows.Aggregate((sum, row) => sum with
    {
        Raises = sum.Raises + row.Raises,
        Raised = sum.Raised + row.Raised,
        Cuts = sum.Cuts + row.Cuts,
        Lowered = sum.Lowered + row.Lowered,
        Others = sum.Others + row.Others,
        Temporary = sum.Temporary + row.Temporary,
        ForOnePurchase = sum.ForOnePurchase + row.ForOnePurchase,
    });
}
