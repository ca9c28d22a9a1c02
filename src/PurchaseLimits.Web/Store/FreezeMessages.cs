namespace PurchaseLimits.Web;

public sealed record FreezeReply
{
    public required FreezeOutcome Outcome { get; init; }

    /// <summary>What differs; null where nothing does.</summary>
    public string? Detail { get; init; }
}

public sealed record ReleaseReply
{
    public required ReleaseOutcome Outcome { get; init; }

    /// <summary>What still differs; null where nothing does.</summary>
    public string? Detail { get; init; }
}
