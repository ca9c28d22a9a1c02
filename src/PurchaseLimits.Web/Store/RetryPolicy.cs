using System.Diagnostics;
using Npgsql;

namespace PurchaseLimits.Web;

/// <summary>What a failed money call means for the money.</summary>
public enum Failure
{
    /// <summary>Nothing happened. The same call may be made again.</summary>
    RolledBack,

    /// <summary>It may have been committed. The same call with the same key, on a new connection, tells.</summary>
    InDoubt,

    /// <summary>The database said no for good: a broken promise or a programmer's error. Never made again.</summary>
    Answer,
}

/// <summary>Tells failures apart by SQLSTATE and by when they happened (facts 13 and 14), and says how long to wait.</summary>
public static class RetryPolicy
{
    public const int MaxTries = 10;

    /// <summary>No further try begins after this time.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <param name="exception">What the driver threw.</param>
    /// <param name="sent">Whether the call may have reached the server: false while the connection was being opened.</param>
    public static Failure Classify(Exception exception, bool sent)
    {
        if (exception is PostgresException postgres)
        {
            return postgres.SqlState switch
            {
                // Serialization failure, deadlock, lock timeout, and a statement that the server gave up: it says so only
                // before it commits.
                "40001" or "40P01" or "55P03" or "57014" => Failure.RolledBack,
                // Out of connections, memory or disk.
                ['5', '3', ..] => Failure.RolledBack,
                // The connection or the server went away, or the cluster could not say how a commit ended.
                ['0', '8', ..] or ['5', '7', 'P', ..] or "XX000" => sent ? Failure.InDoubt : Failure.RolledBack,
                _ => Failure.Answer,
            };
        }

        return exception switch
        {
            // Everything else on the way: a cut wire, a time-out, a reply that made no sense.
            NpgsqlException or IOException or TimeoutException or System.Net.Sockets.SocketException
                or ObjectDisposedException or OperationCanceledException => sent ? Failure.InDoubt : Failure.RolledBack,
            _ => Failure.Answer,
        };
    }

    /// <summary>A key of a purchase is known, or may be, and nobody had looked (see <c>store.place_purchases</c>).</summary>
    public static bool IsAboutAKey(Exception exception) =>
        exception is PostgresException { SqlState: "PL004" }
            or PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "purchase_pkey" or "purchase_line_pkey" };

    /// <summary>
    /// Waits before the next try, longer each time and never the same for two callers; false when no try is left.
    /// A server that restarts needs about a second, so doubt waits longer than a serialization failure.
    /// </summary>
    /// <param name="failedTries">How many tries failed so far.</param>
    /// <param name="failure">How the last one failed.</param>
    /// <param name="started">Timestamp of the first try (<see cref="Stopwatch.GetTimestamp"/>).</param>
    /// <param name="isFirstDoubt">
    /// The call came into doubt just now. It is asked about once more even past the deadline: after a silence, which ends
    /// later than that, the answer is often there.
    /// </param>
    public static async Task<bool> WaitForNextTryAsync(int failedTries, Failure failure, long started, bool isFirstDoubt)
    {
        if (failedTries >= MaxTries && !isFirstDoubt)
            return false;

        var ceiling = failure == Failure.InDoubt
            ? Math.Min(50 << failedTries, 1000)
            : Math.Min(2 << failedTries, 250);
        var wait = TimeSpan.FromMilliseconds(Random.Shared.Next(ceiling / 2, ceiling + 1));
        if (Stopwatch.GetElapsedTime(started) + wait > Deadline && !isFirstDoubt)
            return false;

        await Task.Delay(wait);
        return true;
    }
}
