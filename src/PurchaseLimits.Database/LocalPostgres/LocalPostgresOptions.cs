namespace PurchaseLimits.Database;

/// <summary>Which private server <see cref="LocalPostgres"/> is to start or to join.</summary>
public sealed record LocalPostgresOptions
{
    /// <summary>Which server: letters, digits and '-', at most 63. See <see cref="LocalPostgres.NameFor"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Start over: the data of earlier runs are deleted first. Refused while anybody uses them.</summary>
    public bool Fresh { get; init; }

    /// <summary>
    /// Extra server settings, e.g. <c>max_connections</c>. They hold from the next start of the server: who attaches to
    /// a running one gets it as it is. Settings that could lose an acknowledged purchase cannot be changed here.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// For tests alone: data that nobody misses. They are made anew by whoever starts the server, in memory where there is a
    /// file system for that, and nothing waits for a disk. What was committed outlives a killed server, not a switched-off machine.
    /// </summary>
    internal bool Throwaway { get; init; }

    /// <summary>Is given sentences for people about what takes long, e.g. an installation.</summary>
    public Action<string> Say { get; init; } = _ => { };
}

/// <summary>No private server could be had. The message is written for the person at the terminal.</summary>
public sealed class LocalPostgresException(string message, Exception? innerException = null)
    : Exception(message, innerException);
