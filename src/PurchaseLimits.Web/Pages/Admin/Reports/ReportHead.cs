using PurchaseLimits.Web.Pages.Charts;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

/// <summary>What stands above every page of reports: of when its numbers are, and whether that is as it should be.</summary>
public sealed record ReportHead
{
    private const int RefreshesShown = 10;

    /// <summary>Null: the page about all of them.</summary>
    public ReportPage? Page { get; init; }

    /// <summary>Of when the page's numbers are: the oldest of its reports; null: one was never refreshed.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>The page's reports.</summary>
    public IReadOnlyList<ReportState> States { get; init; } = [];

    public IReadOnlyList<RefreshRow> Refreshes { get; init; } = [];
    public AdminNames Names { get; init; } = null!;
    public TimeSpan RefreshEvery { get; init; }
    public TimeSpan OldAge { get; init; }
    public DateTimeOffset ReadAt { get; init; }

    public bool IsNever => AsOf is null;

    public TimeSpan Age => AsOf is { } asOf && asOf < ReadAt ? ReadAt - asOf : TimeSpan.Zero;

    public bool IsOld => !IsNever && Age > OldAge;

    public ReportState? Failed => States.FirstOrDefault(state => state.Error is not null);

    public DateTimeOffset? RunningSince => States.Min(state => state.RunningSince);

    public bool IsAsked => States.Any(state => state.IsAsked);

    /// <summary>Something is about to change, so the page looks again by itself.</summary>
    public bool IsMoving => IsAsked || RunningSince is not null;

    /// <summary>How old something is, in the largest span: 5 minutes. What is exact is the moment beside it.</summary>
    public static string Old(TimeSpan age) => ChartUnits.Duration((decimal)age.TotalSeconds, spans: 1);

    /// <summary>5 minutes; 2 hours 5 minutes.</summary>
    public static string Words(TimeSpan span) => ChartUnits.Duration((decimal)span.TotalSeconds);

    /// <param name="dataSources">Where the state of refreshes is read, live.</param>
    /// <param name="options">How often reports are refreshed.</param>
    /// <param name="page">Null for the page about all of them.</param>
    /// <param name="snapshot">Where the page's numbers come from; null: it has none.</param>
    public static async Task<ReportHead> ReadAsync(StoreDataSources dataSources, ReportOptions options, ReportPage? page, ReportSnapshot? snapshot)
    {
        var states = (await ReportState.ReadAsync(dataSources)).Where(state => page is null || page.Reports.Contains(state.ReportName)).ToList();
        // A replica has what it has: the page says what its own numbers are of.
        var moments = states.Select(state => snapshot is null ? state.AsOf : snapshot.AsOf(state.ReportName)).ToList();
        return new ReportHead
        {
            Page = page,
            AsOf = moments.Contains(null) ? null : moments.Min(),
            States = states,
            Refreshes = await RefreshRow.ReadAsync(dataSources, [.. states.Select(state => state.ReportName)], page is null ? 3 * RefreshesShown : RefreshesShown),
            Names = await AdminNames.ReadAsync(dataSources),
            RefreshEvery = options.RefreshEvery,
            OldAge = options.OldAge,
            ReadAt = states[0].ReadAt,
        };
    }
}
