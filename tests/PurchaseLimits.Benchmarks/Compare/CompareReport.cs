using System.Globalization;
using System.Text;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>What was measured, as Markdown and as charts.</summary>
public sealed class CompareReport(ComparisonResult result)
{
    public const string FileName = "benchmarks.md";

    private const string None = "–";

    private IEnumerable<(Workload Workload, long Events, IReadOnlyList<Series> Series)> Tables =>
        from events in result.Options.Events
        from workload in Workload.All
        let series = InOrder(result.Series.Where(series => series.Workload == workload.Name && series.Events == events))
        where series.Count > 0
        select (workload, events, series);

    /// <summary>Writes both into a folder.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, FileName), Markdown(withCharts: true));
        foreach (var (workload, events, series) in Tables)
            File.WriteAllText(Path.Combine(folder, ChartName(workload, events)), CompareChart.Draw(Title(workload, events), series));
    }

    public string Markdown(bool withCharts = false)
    {
        var text = new StringBuilder("# Contenders side by side\n\n");
        if (!result.IsDurable)
            text.Append("> **These figures say nothing**: the server does not wait for its disk.\n\n");
        text.Append(Invariant($"Median of {result.Options.Rounds} rounds of {result.Options.Length.TotalSeconds:0.#} s each (least–most); "))
            .Append("each round gives every contender a turn, in another order each time, and one round before them is not counted.\n")
            .Append("Every purchase is two lines of a fixed price list, refused above the customer's limit, durable, and recorded as an event.\n")
            .Append(Invariant($"Nobody runs out of room but where it says so: the limit is ${FixedPrices.RoomyLimit:N0} there, for all contenders alike.\n"))
            .Append("Processor time, WAL and round trips are per answered purchase; server CPU is that of all its processes, client CPU that of the callers ")
            .Append("and, over HTTP, of the web. Client and server share this machine's ").Append(Invariant($"{Environment.ProcessorCount}")).Append(" processors.\n\n");
        text.Append("Server: ").AppendJoin(", ", result.Settings.Select(setting => $"`{setting.Key}` {setting.Value}")).Append(".\n");
        foreach (var (workload, events, series) in Tables)
        {
            text.Append("\n## ").Append(Title(workload, events)).Append("\n\n");
            if (withCharts)
                text.Append(Invariant($"![{Title(workload, events)}]({ChartName(workload, events)})\n\n"));
            AppendTable(text, workload, events, series);
        }

        AppendGoals(text);
        text.Append("\n## Who they are\n\n");
        foreach (var (contender, does) in result.Series.Select(series => (series.Contender, series.Does)).Distinct())
            text.Append("- **").Append(contender).Append("**: ").Append(does).Append('\n');
        return text.ToString();
    }

    private static string Title(Workload workload, long events) => $"{workload.Title}; {CompareOptions.CountName(events)} purchases before";

    private static string ChartName(Workload workload, long events) => $"{workload.Name}-{CompareOptions.CountName(events)}.svg";

    // Turns came in another order in each round.
    private static IReadOnlyList<Series> InOrder(IEnumerable<Series> all) =>
        [.. all.OrderBy(series => Contenders.Names.Contains(series.Contender) ? Contenders.Names.ToList().IndexOf(series.Contender) : int.MaxValue)
               .ThenByDescending(series => series.Contender, StringComparer.Ordinal)];

    private void AppendTable(StringBuilder text, Workload workload, long events, IReadOnlyList<Series> all)
    {
        if (workload == Workload.Beside)
            text.Append(Invariant($"Others buy {BesideTurns.Pace} times a second, each time from another account; "))
                .Append("times count from when a purchase should have begun.\n\n");
        text.Append("| | ").Append(workload.IsFull ? "answers/s | accepted" : workload == Workload.Pages ? "pages/s" : "accepted/s")
            .Append(" | × floor | p50 ms | p99 ms | max ms | tries | round trips ")
            .Append("| client CPU µs | server CPU µs | WAL bytes | unanswered | oversold |\n|---|")
            .Append(string.Concat(Enumerable.Repeat("--:|", workload.IsFull ? 13 : 12))).Append('\n');
        foreach (var series in all)
        {
            text.Append("| ").Append(series.Contender).Append(" | ")
                .Append(Range(series.OfOrNull(turn => turn.PerSecond), "N0"));
            if (workload.IsFull)
                text.Append(" | ").Append(Middle(series.OfOrNull(turn => 100.0 * turn.Accepted / Math.Max(turn.Answered, 1)), "0.0")).Append(" %");
            text.Append(" | ").Append(Range(result.RatioOrNull(workload.Name, (series.Contender, events), ("floor", events)), "0.00"));
            foreach (var (value, format) in Columns(series))
                text.Append(" | ").Append(Middle(value, format));
            text.Append(Invariant($" | {series.Turns.Sum(turn => turn.Unanswered)}")).Append(" | ").Append(Oversold(series)).Append(" |\n");
        }

        foreach (var series in all)
        {
            if (series.OfOrNull(turn => turn.DecidedPerSecond) is { } decided)
                text.Append(Invariant($"\n{series.Contender}: of what was taken {Range(decided, "N0")} a second were decided.\n"));
        }
    }

    private void AppendGoals(StringBuilder text)
    {
        text.Append("\n## Goals\n\n| ratio, within this run | goal | measured | |\n|---|--:|--:|---|\n");
        foreach (var goal in Goal.Of(result))
        {
            text.Append(Invariant($"| {goal.Words} | {(goal.IsAtMost ? "≤" : "≥")} {goal.Target} | {Range(goal.Measured, "0.00")} | "))
                .Append(goal.Measured is null ? "not measured" : goal.IsMet ? "met" : "**missed**").Append(" |\n");
        }
    }

    private static IEnumerable<(Spread? Value, string Format)> Columns(Series series) =>
    [
        (series.OfOrNull(turn => turn.Latency(.5)), "0.0"),
        (series.OfOrNull(turn => turn.Latency(.99)), "0.0"),
        (series.OfOrNull(turn => turn.Latency(1)), "0"),
        (series.OfOrNull(turn => 1 + (double?)turn.Retries / turn.Answered), "0.00"),
        (series.OfOrNull(turn => (double?)turn.Trips / turn.Answered), "0.00"),
        (series.OfOrNull(turn => turn.Client?.TotalMicroseconds / turn.Answered), "N0"),
        (series.OfOrNull(turn => turn.Server?.TotalMicroseconds / turn.Answered), "N0"),
        (series.OfOrNull(turn => (double?)turn.Wal / turn.Answered), "N0"),
    ];

    private static string Oversold(Series series)
    {
        var all = series.Turns.SelectMany(turn => turn.Oversold).ToList();
        return all.Count == 0 ? "0" : Invariant($"**{all.Count}**, by up to ${all.Max(customer => customer.By):N0}");
    }

    private static string Middle(Spread? spread, string format) => spread?.Median.ToString(format, CultureInfo.InvariantCulture) ?? None;

    private static string Range(Spread? spread, string format) => spread is null
        ? None
        : $"**{Middle(spread, format)}** ({spread.Least.ToString(format, CultureInfo.InvariantCulture)}–{spread.Most.ToString(format, CultureInfo.InvariantCulture)})";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
