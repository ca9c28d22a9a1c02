namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>What one contender did in its turn of one round.</summary>
public sealed record Turn
{
    public required double Seconds { get; init; }

    /// <summary>Bought, or taken to be decided later.</summary>
    public required long Accepted { get; init; }

    public required long Refused { get; init; }

    /// <summary>Busy or given up.</summary>
    public required long Unanswered { get; init; }

    /// <summary>Milliseconds, ascending, of every call.</summary>
    public required double[] Latencies { get; init; }

    public long? Retries { get; init; }

    public long? Trips { get; init; }

    public TimeSpan? Client { get; init; }

    public TimeSpan? Server { get; init; }

    /// <summary>Bytes.</summary>
    public long? Wal { get; init; }

    /// <summary>Of what was taken: how many were decided in the turn and the time after it, and a second of all that time.</summary>
    public double? DecidedPerSecond { get; init; }

    public IReadOnlyList<Oversold> Oversold { get; init; } = [];

    public long Answered => Accepted + Refused;

    /// <summary>What ratios are made of: answers a second, yes or no.</summary>
    public double PerSecond => Answered / Seconds;

    public double Latency(double share) => Latencies.Length == 0 ? double.NaN : Latencies[Math.Min((int)(Latencies.Length * share), Latencies.Length - 1)];
}
