namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>What is measured, and for how long.</summary>
public sealed record CompareOptions
{
    public static readonly IReadOnlyList<string> AllWorkloads = [.. Workload.All.Select(workload => workload.Name)];

    public IReadOnlyList<string> Contenders { get; init; } = Compare.Contenders.Names;

    public IReadOnlyList<string> Workloads { get; init; } = AllWorkloads;

    /// <summary>Purchases in the ledger before anything is measured; several are measured side by side.</summary>
    public IReadOnlyList<long> Events { get; init; } = [10_000];

    public int Customers { get; init; } = 100_000;

    /// <summary>That count; one more comes before them, for caches and compilers.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Of one contender's turn in a round.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where <c>benchmarks.md</c> and the charts go; null: only what is printed.</summary>
    public string? Output { get; init; }

    /// <summary>A superuser's, of a server for measuring; null: a private one.</summary>
    public string? Connection { get; init; }

    /// <exception cref="ArgumentException">That cannot be measured.</exception>
    public void Check()
    {
        Known("--contenders", Contenders, Compare.Contenders.Names);
        Known("--workloads", Workloads, AllWorkloads);
        if (Events.Count == 0 || Events.Distinct().Count() != Events.Count)
            throw new ArgumentException("--events wants numbers, each once.");
        if (Rounds is < 1 or > 1000 || Length <= TimeSpan.Zero || Length > TimeSpan.FromHours(1))
            throw new ArgumentException("--rounds is a number from 1 to 1000, --seconds one up to 3600.");
    }

    /// <summary>10k, 1m or a plain number.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static long ReadCount(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        var factor = char.ToLowerInvariant(text[^1]) switch { 'k' => 1_000, 'm' => 1_000_000, _ => 1 };
        return long.TryParse(factor == 1 ? text : text[..^1], System.Globalization.NumberStyles.None, null, out var number) && number > 0
            ? number * factor
            : throw new ArgumentException($"--events: '{text}' is no number such as 10k, 1m or 250000.");
    }

    /// <summary>As <see cref="ReadCount"/> reads it, as short as it goes.</summary>
    public static string CountName(long count) =>
        count % 1_000_000 == 0 ? $"{count / 1_000_000}m" : count % 1_000 == 0 ? $"{count / 1_000}k" : $"{count}";

    private static void Known(string option, IReadOnlyList<string> names, IReadOnlyList<string> known)
    {
        if (names.Count == 0 || names.FirstOrDefault(name => !known.Contains(name)) is not null)
            throw new ArgumentException($"{option} takes some of: {string.Join(", ", known)}.");
    }
}
