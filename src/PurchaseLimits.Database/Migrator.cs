using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using DbUp.ScriptProviders;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>A migration that was refused or failed; the message is for the operator.</summary>
public class MigrationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A landed migration was edited, or the database is newer than this program. Nothing was run.</summary>
public sealed class MigrationRefusedException(string message) : MigrationException(message);

/// <summary>
/// Brings a database to the schema that this program was built with. Any number may run at once: one works, the others wait
/// and find nothing to do.
/// </summary>
/// <param name="connectionString">A login that may create roles and schemas: a superuser, or the database's owner with CREATEROLE.</param>
/// <param name="say">Takes progress, a sentence each.</param>
public sealed class Migrator(string connectionString, Action<string>? say = null)
{
    // Any number will do as long as nobody else in this database uses it: the ASCII of "PL_SCHEM".
    private const long LockKey = 0x504C_5F53_4348_454D;

    /// <summary>How long a run waits for another one of the same database.</summary>
    internal TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(30);

    private readonly Action<string> _say = say ?? (_ => { });

    internal IReadOnlyList<Script> Scripts { get; init; } = Script.Schema;

    /// <summary>Compares and changes nothing.</summary>
    public async Task<SchemaStatus> StatusAsync()
    {
        await using var connection = new NpgsqlConnection(Session().ConnectionString);
        await connection.OpenAsync();
        return await SchemaStatus.ReadAsync(connection, Scripts);
    }

    /// <summary>
    /// Runs what is pending, each script in its own transaction, which also records it; then gives roles their passwords.
    /// </summary>
    /// <param name="rolePasswords">Role name to password, for roles that shall log in; others stay as they are.</param>
    /// <returns>How many scripts ran.</returns>
    /// <exception cref="MigrationRefusedException">A landed migration was edited, or the database is newer.</exception>
    /// <exception cref="MigrationException">A script failed, or another run did not end.</exception>
    public async Task<int> UpAsync(IReadOnlyDictionary<string, string>? rolePasswords = null)
    {
        // DbUp takes no lock (facts 29). This connection is ours alone and does nothing but hold it.
        await using var session = new NpgsqlConnection(Session().ConnectionString);
        await session.OpenAsync();
        await TakeLockAsync(session);

        var status = await SchemaStatus.ReadAsync(session, Scripts);
        if (status.Edited.Count > 0 || status.Unknown.Count > 0)
            throw new MigrationRefusedException(status.Sentence);

        await using (var roles = new NpgsqlCommand(Script.Named("roles/roles.sql").Text, session))
            await roles.ExecuteNonQueryAsync();

        if (status.Pending.Count > 0)
            Run(status.Pending);
        foreach (var (role, password) in rolePasswords ?? new Dictionary<string, string>())
            await RolePassword.SetAsync(session, role, password);

        _say(status.Pending.Count == 0 ? status.Sentence : $"Done: {status.Pending.Count} scripts ran.");
        return status.Pending.Count;
    }

    private void Run(IReadOnlyList<Script> pending)
    {
        var byName = pending.ToDictionary(script => script.Name);
        var session = Session();
        // Everything is owned by store_owner, who cannot log in. A script that cannot have its lock gives up rather than
        // make purchases queue behind it (facts 31).
        session.Options = "-c role=store_owner -c lock_timeout=5s -c statement_timeout=0";
        var engine = DeployChanges.To
            .PostgresqlDatabase(session.ConnectionString)
            .WithScripts(new StaticScriptProvider(pending.Select(script =>
                new SqlScript(script.Name, script.Text, new SqlScriptOptions { RunGroupOrder = script.FolderOrder }))))
            .JournalTo(new Journal(byName))
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .WithExecutionTimeout(TimeSpan.FromHours(1))
            .LogTo(new Log(_say))
            .Build();

        var result = engine.PerformUpgrade();
        if (!result.Successful)
        {
            throw new MigrationException(
                $"{result.ErrorScript?.Name ?? "The migration"} failed and left nothing behind: {result.Error.Message}", result.Error);
        }
    }

    private async Task TakeLockAsync(NpgsqlConnection session)
    {
        await using var tryLock = new NpgsqlCommand($"SELECT pg_try_advisory_lock({LockKey})", session);
        if ((bool)(await tryLock.ExecuteScalarAsync())!)
            return;

        _say("Another migration of this database is running; waiting for it.");
        await using var waitForLock = new NpgsqlCommand(
            $"SET lock_timeout = '{LongestWait.TotalSeconds:0}s'; SELECT pg_advisory_lock({LockKey}); RESET lock_timeout", session);
        try
        {
            await waitForLock.ExecuteNonQueryAsync();
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await using var holder = new NpgsqlCommand(
                """
                SELECT format('process %s, %s as %s since %s', a.pid, a.application_name, a.usename, a.backend_start)
                FROM pg_locks l
                JOIN pg_stat_activity a USING (pid)
                WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """, session);
            throw new MigrationException($"Gave up waiting for another migration after {LongestWait}: {await holder.ExecuteScalarAsync()}.", exception);
        }
    }

    private NpgsqlConnectionStringBuilder Session() => new(connectionString)
    {
        ApplicationName = "purchase-limits migrator",
        // A pooled connection would keep its lock and its role after it was closed.
        Pooling = false,
        CommandTimeout = 0,
        TcpKeepAlive = true,
        // The session that holds the lock does nothing else; no setting of the server may take that for idleness.
        Options = "-c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0",
    };

    /// <summary>DbUp's log, of which only what a script says is of use to people.</summary>
    private sealed class Log(Action<string> say) : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args) { }

        public void LogDebug(string format, params object[] args) { }

        public void LogInformation(string format, params object[] args)
        {
            if (format.StartsWith("Executing Database Server script", StringComparison.Ordinal) && args.Length > 0)
                say($"Running {args[0]}");
        }

        public void LogWarning(string format, params object[] args) => say(Format(format, args));

        public void LogError(string format, params object[] args) { }

        public void LogError(Exception ex, string format, params object[] args) { }

        private static string Format(string format, object[] args) =>
            string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
    }
}
