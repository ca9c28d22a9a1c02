namespace PurchaseLimits.Benchmarks.History;

/// <summary>How large a history is to be.</summary>
public sealed record HistoryOptions
{
    /// <summary>Confirmed purchases, exactly.</summary>
    public required long Purchases { get; init; }

    public required int Customers { get; init; }

    /// <summary>Calendar days of the store's zone; the last one is today.</summary>
    public required int Days { get; init; }

    /// <summary>How many of the purchases are of the last day, so that histories of all sizes can have an equal one.</summary>
    public required long LastDay { get; init; }

    public required int Seed { get; init; }

    /// <exception cref="HistoryRefusedException">No history can be like that.</exception>
    public void Check()
    {
        if (Purchases is < 1 or > 1_000_000_000)
            throw new HistoryRefusedException("--purchases is a number from 1 to 1,000,000,000.");
        if (Customers is < 1 or > 10_000_000)
            throw new HistoryRefusedException("--customers is a number from 1 to 10,000,000.");
        if (Days is < 1 or > 36_500)
            throw new HistoryRefusedException("--days is a number from 1 to 36,500.");
        if (LastDay < 0 || LastDay > Purchases)
            throw new HistoryRefusedException("--last-day is a number from 0 to --purchases.");
        if (Days == 1 && LastDay != Purchases)
            throw new HistoryRefusedException("A history of one day has all its purchases on that day.");
    }
}

/// <summary>The database or what was asked for does not allow it; nothing was changed. The message is for the operator.</summary>
public sealed class HistoryRefusedException(string message) : Exception(message);

/// <summary>What was written.</summary>
public sealed record HistorySummary
{
    public required long Confirmed { get; init; }

    public required long Refused { get; init; }

    public required long Refunded { get; init; }

    public required long LimitChanges { get; init; }

    /// <summary>In all tables.</summary>
    public required long Rows { get; init; }

    public required DateTime LastDayBeganAt { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>Of the database, in bytes.</summary>
    public required long Size { get; init; }
}
