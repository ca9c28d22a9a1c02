using System.Globalization;
using System.Text;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>What was measured, as Markdown.</summary>
public sealed class CompareReport(ComparisonResult result)
{
    private const string None = "–";

    public string Markdown()
    {
        var text = new StringBuilder("# Contenders side by side\n\n");
        if (!result.IsDurable)
            text.Append("> **These figures say nothing**: the server does not wait for its disk.\n\n");
        text.Append(Invariant($"Median of {result.Options.Rounds} rounds of {result.Options.Length.TotalSeconds:0.#} s each (least–most); "))
            .Append("each round gives every contender a turn, in another order each time, and one round before them is not counted.\n")
            .Append("Every purchase is two lines of a fixed price list, refused above the customer's limit, durable, and recorded as an event.\n")
            .Append("Client and server share this machine's ").Append(Invariant($"{Environment.ProcessorCount}")).Append(" processors.\n\n");
        text.Append("Server: ").AppendJoin(", ", result.Settings.Select(setting => $"`{setting.Key}` {setting.Value}")).Append(".\n");
        foreach (var events in result.Options.Events)
        {
            foreach (var workload in Workload.All)
                AppendTable(text, workload, events);
        }

        text.Append("\n## Who they are\n\n");
        foreach (var (contender, does) in result.Series.Select(series => (series.Contender, series.Does)).Distinct())
            text.Append("- **").Append(contender).Append("**: ").Append(does).Append('\n');
        return text.ToString();
    }

    private void AppendTable(StringBuilder text, Workload workload, long events)
    {
        var all = result.Series.Where(series => series.Workload == workload.Name && series.Events == events).ToList();
        if (all.Count == 0)
            return;
        text.Append(Invariant($"\n## {workload.Title}; {CompareOptions.CountName(events)} purchases before\n\n"))
            .Append("| | ").Append(workload.IsFull ? "answers/s | accepted" : "accepted/s").Append(" | × floor | p50 ms | p99 ms | max ms | tries | round trips ")
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

    private static IEnumerable<(Spread? Value, string Format)> Columns(Series series) =>
    [
        (series.OfOrNull(turn => turn.Latency(.5)), "0.0"),
        (series.OfOrNull(turn => turn.Latency(.99)), "0.0"),
        (series.OfOrNull(turn => turn.Latency(1)), "0"),
        (series.OfOrNull(turn => 1 + (double?)turn.Retries / turn.Answered), "0.00"),
        (series.OfOrNull(turn => (double?)turn.Trips / turn.Answered), "0.00"),
        (series.OfOrNull(turn => turn.Client.TotalMicroseconds / turn.Answered), "N0"),
        (series.OfOrNull(turn => turn.Server?.TotalMicroseconds / turn.Answered), "N0"),
        (series.OfOrNull(turn => (double)turn.Wal / turn.Answered), "N0"),
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
