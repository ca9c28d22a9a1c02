using Dapper;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>Another run did not end in time. Nothing was done.</summary>
public sealed class MigrationLockedException(string message) : MigrationException(message);

/// <summary>
/// One run at a time in a database: an advisory lock of a session that does nothing else (DbUp takes none, facts 29). It ends
/// with the session, however that ends.
/// </summary>
internal static class MigrationLock
{
    // Any number will do as long as nobody else in this database uses it: the ASCII of "PL_SCHEM".
    internal const long Key = 0x504C_5F53_4348_454D;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <exception cref="MigrationLockedException">Another run held it all the while; the message says who, from where, since when, and what it does.</exception>
    public static async Task TakeAsync(NpgsqlConnection session, TimeSpan longestWait, Action<string> say, CancellationToken stop)
    {
        var giveUpAt = DateTime.UtcNow + longestWait;
        for (var waited = false; ; waited = true)
        {
            // Asked again and again rather than once with pg_advisory_lock: a statement that waits keeps a snapshot, and the
            // other run's CREATE INDEX CONCURRENTLY would wait for that.
            if (await session.ExecuteScalarAsync<bool>($"SELECT pg_try_advisory_lock({Key})"))
                return;
            if (DateTime.UtcNow >= giveUpAt)
                throw new MigrationLockedException($"Gave up after {longestWait.TotalSeconds:0.###} s. {await HolderAsync(session)} If it hangs: SELECT pg_terminate_backend(…) with its process.");
            if (!waited)
                say($"{await HolderAsync(session)} Waiting for it, {longestWait.TotalSeconds:0.###} s at most.");
            await Task.Delay(s_pause, stop);
        }
    }

    /// <summary>Shows what this run does to whoever waits for it.</summary>
    public static void Show(NpgsqlConnection session, string what)
    {
        using var command = new NpgsqlCommand("SELECT set_config('application_name', @name, false)", session);
        // PostgreSQL cuts names at 63 bytes.
        command.Parameters.AddWithValue("name", $"purchase-limits: {what}");
        command.ExecuteNonQuery();
    }

    private static async Task<string> HolderAsync(NpgsqlConnection session)
    {
        var holder = await session.QuerySingleOrDefaultAsync<(int Pid, string? Name, string? Login, string? Address, DateTime? Since)?>(
            $"""
            SELECT l.pid, a.application_name, a.usename::text, host(a.client_addr), a.backend_start
            FROM pg_locks l
            LEFT JOIN pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory'
              AND l.granted
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND (l.classid::bigint << 32 | l.objid::bigint) = {Key}
              AND l.objsubid = 1
            """);
        if (holder is not { } other)
            return "Another migration of this database was running a moment ago.";
        // What the login may not see of another's session is null; an address also where there is none.
        string?[] known =
        [
            string.IsNullOrEmpty(other.Name) ? null : other.Name,
            $"process {other.Pid} of the server",
            other.Login is null ? null : $"login {other.Login}",
            other.Address is null ? null : $"from {other.Address}",
            other.Since is null ? null : $"since {other.Since:yyyy-MM-dd HH:mm:ss} UTC",
        ];
        return $"Another migration of this database is running: {string.Join(", ", known.OfType<string>())}.";
    }
}
