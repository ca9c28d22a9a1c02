namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>A promise about speed: a ratio within one run, so that it holds for any machine.</summary>
/// <param name="Words">What is promised.</param>
/// <param name="Target">The ratio.</param>
/// <param name="IsAtMost">It must not be more; else it must not be less.</param>
/// <param name="Measured">Null: not in this run.</param>
public sealed record Goal(string Words, double Target, bool IsAtMost, Spread? Measured)
{
    public bool IsMet => Measured is not null && (IsAtMost ? Measured.Median <= Target : Measured.Median >= Target);

    /// <summary>All that are promised.</summary>
    public static IReadOnlyList<Goal> Of(ComparisonResult result)
    {
        var first = result.Options.Events.Min();
        var last = result.Options.Events.Max();
        return
        [
            Faster("store to floor, uniform", 0.6, "uniform", "store", "floor"),
            Faster("store to floor, a crowd", 0.6, "crowd", "store", "floor"),
            Faster("store to floor, one hot customer", 4, "hot", "store", "floor"),
            Faster("store to EF Core serializable, uniform", 4, "uniform", "store", "efcore-serializable"),
            Faster("store to statements, uniform", 4, "uniform", "store", "statements"),
            Faster("store to EF Core serializable, one hot customer", 20, "hot", "store", "efcore-serializable"),
            Faster("store to statements, one hot customer", 20, "hot", "store", "statements"),
            new("store with 10m purchases before to itself with 10k, uniform", 0.9, false,
                first < last ? result.RatioOrNull("uniform", ("store", last), ("store", first)) : null),
            Faster("checkout over HTTP to store, uniform", 0.4, "uniform", "http", "store"),
            Faster("shop page to an empty page of the same layout, for a visitor", 0.6, "pages", PageVisits.Shop, PageVisits.Empty),
            Faster("shop page to an empty page of the same layout, for a customer", 0.6, "pages",
                PageVisits.Shop + PageVisits.SignedInSuffix, PageVisits.Empty + PageVisits.SignedInSuffix),
            new("other customers' p99 beside a hot one to their quiet p99", 3, true,
                result.SeriesOrNull("beside", BesideTurns.BesideHot, first) is { } busy && result.SeriesOrNull("beside", BesideTurns.Quiet, first) is { } quiet
                    ? Spread.OrNull(busy.Turns.Zip(quiet.Turns, (one, other) => one.Latency(.99) / other.Latency(.99)))
                    : null),
        ];

        Goal Faster(string words, double target, string workload, string of, string to) =>
            new(words, target, false, result.RatioOrNull(workload, (of, first), (to, first)));
    }
}
