namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>All turns that count, in their order.</summary>
public sealed class ComparisonResult
{
    private readonly List<Series> _series = [];

    public required CompareOptions Options { get; init; }

    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    public required bool IsDurable { get; init; }

    public IReadOnlyList<Series> Series => _series;

    public void Add(string workload, string contender, string does, long events, Turn turn)
    {
        var series = SeriesOrNull(workload, contender, events);
        if (series is null)
            _series.Add(series = new Series(workload, contender, does, events));
        series.Turns.Add(turn);
    }

    public Series? SeriesOrNull(string workload, string contender, long events) =>
        _series.Find(series => series.Workload == workload && series.Contender == contender && series.Events == events);

    /// <summary>Of each round the one's rate to the other's; null where one of them was not measured.</summary>
    public Spread? RatioOrNull(string workload, (string Contender, long Events) of, (string Contender, long Events) to) =>
        SeriesOrNull(workload, of.Contender, of.Events) is { } one && SeriesOrNull(workload, to.Contender, to.Events) is { } other
            ? Spread.OrNull(one.Turns.Zip(other.Turns, (mine, theirs) => mine.PerSecond / theirs.PerSecond))
            : null;
}

/// <summary>The turns of one contender in one workload.</summary>
public sealed record Series(string Workload, string Contender, string Does, long Events)
{
    public List<Turn> Turns { get; } = [];

    public Spread? OfOrNull(Func<Turn, double?> value) => Spread.OrNull(Turns.Select(value).OfType<double>());
}

/// <summary>Some measurements of the same thing.</summary>
public sealed record Spread(double Median, double Least, double Most)
{
    public static Spread? OrNull(IEnumerable<double> values)
    {
        var sorted = values.Where(double.IsFinite).Order().ToArray();
        return sorted.Length == 0
            ? null
            : new Spread((sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, sorted[0], sorted[^1]);
    }
}
