using Dapper;
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
/// <param name="connectionString">A login that may create roles and schemas: a superuser, or the database's owner with CREATEROLE. Once they are there, store_migrator.</param>
/// <param name="say">Takes progress, a sentence each.</param>
public sealed partial class Migrator(string connectionString, Action<string>? say = null)
{
    /// <summary>How long a run waits for another one of the same database.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// How long a script waits for a lock before it is undone and tried again: purchases queue behind it meanwhile (facts 31),
    /// and give up after two seconds.
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a script is tried that did not get its lock, or lost one to a deadlock.</summary>
    public int LockTries { get; init; } = 10;

    /// <summary>After how long one statement of a script is given up.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Replaces functions and views by this program's even where theirs came later: a release is taken back.</summary>
    public bool Back { get; init; }

    /// <summary>After how long a server that does not answer is given up; null: that is up to TCP.</summary>
    public TimeSpan? Patience { get; init; }

    /// <summary>Ends a run between two scripts, or while it waits.</summary>
    public CancellationToken Stop { get; init; }

    private readonly Action<string> _say = say ?? (_ => { });

    internal IReadOnlyList<Script> Scripts { get; init; } = Script.Schema;

    /// <summary>Whose scripts they are: <see cref="Script.Release"/>.</summary>
    internal int Release { get; init; } = Script.Release;

    /// <summary>Asks whether the server lets this login in.</summary>
    public async Task ReachAsync() => await (await OpenAsync()).DisposeAsync();

    /// <summary>Compares and changes nothing.</summary>
    public async Task<SchemaStatus> StatusAsync()
    {
        await using var connection = await OpenAsync();
        return await SchemaStatus.ReadAsync(connection, Scripts, Release);
    }

    /// <summary>
    /// Runs what is pending, then gives roles their passwords. Each migration is a transaction of its own, which also records
    /// it; all functions, views and grants are one together, so that nobody meets half of them.
    /// </summary>
    /// <param name="rolePasswords">Role name to password, for roles that shall log in; others stay as they are.</param>
    /// <returns>What ran.</returns>
    /// <exception cref="MigrationRefusedException">A landed migration was edited, or the database is newer.</exception>
    /// <exception cref="MigrationLockedException">Another run did not end.</exception>
    /// <exception cref="MigrationException">A script failed.</exception>
    public async Task<IReadOnlyList<ScriptRun>> UpAsync(IReadOnlyDictionary<string, string>? rolePasswords = null)
    {
        await using var session = await OpenAsync();
        await MigrationLock.TakeAsync(session, LongestWait, _say, Stop);

        var status = await SchemaStatus.ReadAsync(session, Scripts, Release);
        var pending = PendingOf(status);
        await RunRolesAsync(session);
        await Journal.PrepareAsync(session, Scripts);

        var ran = new List<ScriptRun>();
        foreach (var batch in MigrationBatch.Of(pending))
            await RunAsync(session, batch, ran, pending.Count);
        await Journal.SetReleaseAsync(session, Release);
        await GivePasswordsAsync(session, rolePasswords ?? new Dictionary<string, string>());
        var after = await SchemaStatus.ReadAsync(session, Scripts, Release);
        if (after.Pending.Count > 0)
            throw new MigrationException($"It ran, and this is still to run: {string.Join(", ", after.Pending.Select(script => script.Name))}.");
        await LookAfterOrphansAsync(session, after);

        _say(ran.Count > 0 ? $"Done: {ran.Count} scripts ran." : status.Sentence);
        return ran;
    }

    /// <summary>Makes the roles and gives them their passwords, and runs no script: for a database that a backup is restored into.</summary>
    /// <param name="rolePasswords">Role name to password, for roles that shall log in; others stay as they are.</param>
    /// <exception cref="MigrationLockedException">Another run did not end.</exception>
    /// <exception cref="MigrationException">The login may not.</exception>
    public async Task MakeRolesAsync(IReadOnlyDictionary<string, string> rolePasswords)
    {
        await using var session = await OpenAsync();
        await MigrationLock.TakeAsync(session, LongestWait, _say, Stop);
        await RunRolesAsync(session);
        await GivePasswordsAsync(session, rolePasswords);
    }

    /// <summary>What <see cref="UpAsync"/> would run now, in order.</summary>
    /// <exception cref="MigrationRefusedException">It would be refused.</exception>
    public async Task<IReadOnlyList<Script>> PlanAsync()
    {
        await using var connection = await OpenAsync();
        return PendingOf(await SchemaStatus.ReadAsync(connection, Scripts, Release));
    }

    /// <summary>
    /// Really runs what is pending, in one transaction, and undoes it. Locks stay until the end, so purchases of a live store
    /// wait: it is meant for a copy.
    /// </summary>
    /// <returns>What ran and what was left out, because it runs outside of a transaction.</returns>
    /// <exception cref="MigrationRefusedException">It would be refused.</exception>
    /// <exception cref="MigrationLockedException">Another run did not end.</exception>
    /// <exception cref="MigrationException">A script failed.</exception>
    public async Task<(IReadOnlyList<ScriptRun> Ran, IReadOnlyList<string> NotTried)> DryRunAsync()
    {
        await using var session = await OpenAsync();
        await MigrationLock.TakeAsync(session, LongestWait, _say, Stop);
        var pending = PendingOf(await SchemaStatus.ReadAsync(session, Scripts, Release));

        await using var transaction = await session.BeginTransactionAsync();
        await ExecuteAsync(session, Script.Named("roles/roles.sql").Text);
        await ExecuteAsync(session, $"SET LOCAL ROLE store_owner; SET LOCAL lock_timeout = '{LockTimeout.TotalMilliseconds:0}ms'; SET LOCAL statement_timeout = '{StatementTimeout.TotalMilliseconds:0}ms'");
        await Journal.PrepareAsync(transaction, []);
        var ran = new List<ScriptRun>();
        var notTried = new List<string>();
        foreach (var script in pending)
        {
            Stop.ThrowIfCancellationRequested();
            // What later scripts are built on: the same index, made in the way that works here.
            var text = script.RunsOutsideTransaction ? ConcurrentIndex().Replace(script.Text, "$1") : script.Text;
            if (script.RunsOutsideTransaction && text == script.Text)
            {
                notTried.Add(script.Name);
                continue;
            }

            var clock = System.Diagnostics.Stopwatch.StartNew();
            try
            {
                await ExecuteAsync(session, text);
                Journal.Check(script, session.CreateCommand);
            }
            catch (Exception exception) when (exception is NpgsqlException or MigrationException)
            {
                throw Failed(script.Name, exception, BatchTransaction.OneForAll);
            }

            ran.Add(new(script.Name, clock.Elapsed));
            Say(ran[^1], ran.Count, pending.Count);
        }

        await transaction.RollbackAsync();
        return (ran, notTried);
    }

    private IReadOnlyList<Script> PendingOf(SchemaStatus status)
    {
        if (status.State == SchemaState.Refused || status.Unknown.Count > 0)
            throw new MigrationRefusedException(status.Sentence);
        return status.State != SchemaState.Ahead || Back
            ? status.Pending
            : throw new MigrationRefusedException($"{status.Sentence} To take a release back: --back.");
    }

    private static async Task RunRolesAsync(NpgsqlConnection session)
    {
        try
        {
            await ExecuteAsync(session, Script.Named("roles/roles.sql").Text);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw MayNot("make the roles what roles/roles.sql says", exception);
        }
    }

    private async Task GivePasswordsAsync(NpgsqlConnection session, IReadOnlyDictionary<string, string> rolePasswords)
    {
        foreach (var (role, password) in rolePasswords)
        {
            for (var tries = 1; ; tries++)
            {
                try
                {
                    await RolePassword.SetAsync(session, role, password);
                    break;
                }
                // Roles are the server's, the lock is the database's: another one is being migrated at this moment.
                catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InternalError && tries < 10)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(50 * tries));
                }
                catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
                {
                    if (!await session.ExecuteScalarAsync<bool>("SELECT rolcanlogin FROM pg_roles WHERE rolname = @role", new { role }))
                        throw MayNot($"give {role} its password", exception);
                    _say($"{role} keeps the password that it has: this login may not change it.");
                    break;
                }
            }
        }
    }

    private static MigrationException MayNot(string what, PostgresException exception) =>
        new($"This login may not {what}: {exception.MessageText}. Run this `up` once as a superuser, or as who made the roles.", exception);

    /// <summary>A script that cannot have its lock is undone and tried again: nothing may make purchases wait for long.</summary>
    private async Task RunAsync(NpgsqlConnection session, MigrationBatch batch, List<ScriptRun> ran, int total)
    {
        var tried = new Dictionary<string, int>();
        while (true)
        {
            Stop.ThrowIfCancellationRequested();
            var rest = batch.Scripts.Where(script => ran.All(run => run.Name != script.Name)).ToList();
            var (failed, error) = await PerformAsync(session, batch with { Scripts = rest }, ran, total);
            if (error is null)
                return;
            var tries = tried[failed] = tried.GetValueOrDefault(failed) + 1;
            if (error is not PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected } || tries >= LockTries)
                throw Failed(failed, error, batch.Transaction);
            _say($"{failed} did not get its lock within {LockTimeout.TotalSeconds:0.###} s; try {tries + 1} of {LockTries} in a moment.");
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(tries, 10)), Stop);
        }
    }

    private async Task<(string Failed, Exception? Error)> PerformAsync(NpgsqlConnection session, MigrationBatch batch, List<ScriptRun> ran, int total)
    {
        if (batch.Transaction == BatchTransaction.None)
        {
            foreach (var index in await InvalidIndexes.DropAsync(session, batch.Scripts[0]))
                _say($"Dropped {index}, which an earlier run did not build to its end.");
        }

        var written = new List<ScriptRun>();
        var journal = new Journal(batch.Scripts.ToDictionary(script => script.Name), Release, run =>
        {
            written.Add(run);
            Say(run, ran.Count + written.Count, total);
        });
        var own = Settings("runs scripts");
        // Everything is owned by store_owner, who cannot log in. Who dies leaves no statement behind that goes on.
        // What runs outside of a transaction makes no purchase wait, and has to wait itself for whoever was there before it.
        var lockTimeout = batch.Transaction == BatchTransaction.None ? TimeSpan.Zero : LockTimeout;
        own.Options = $"{own.Options} -c role=store_owner -c lock_timeout={lockTimeout.TotalMilliseconds:0}ms -c statement_timeout={StatementTimeout.TotalMilliseconds:0}ms -c client_connection_check_interval=2s";
        var builder = DeployChanges.To
            .PostgresqlDatabase(own.ConnectionString)
            .WithScripts(new StaticScriptProvider(batch.Scripts.Select((script, position) =>
                new SqlScript(script.Name, script.Text, new SqlScriptOptions { RunGroupOrder = position }))))
            .JournalTo(journal)
            .WithVariablesDisabled()
            .WithExecutionTimeout(StatementTimeout)
            .LogTo(new Log(_say, name =>
            {
                journal.Begin();
                MigrationLock.Show(session, $"up, {name}");
            }));
        var result = batch.With(builder).Build().PerformUpgrade();
        // What was written down counts once it was committed, and a COMMIT can fail too.
        var applied = await AppliedScript.ReadAsync(session);
        ran.AddRange(written.Where(run => applied.TryGetValue(run.Name, out var row) && row.Hash == batch.Scripts.Single(script => script.Name == run.Name).Hash
            && (result.Successful || batch.Transaction != BatchTransaction.OneForAll)));
        if (!result.Successful && batch.Transaction == BatchTransaction.None)
            await InvalidIndexes.DropAsync(session, batch.Scripts[0]);
        return (result.ErrorScript?.Name ?? "The migration", result.Successful ? null : result.Error);
    }

    private async Task LookAfterOrphansAsync(NpgsqlConnection session, SchemaStatus status)
    {
        foreach (var sentence in status.OrphanSentences)
            _say(sentence);
        var gone = status.Orphaned.Where(orphan => orphan.Value.Count == 0).Select(orphan => orphan.Key).ToList();
        if (gone.Count > 0)
            await Journal.ForgetAsync(session, gone);
    }

    private static MigrationException Failed(string script, Exception error, BatchTransaction transaction) =>
        new($"{script} failed{(transaction == BatchTransaction.None ? "" : " and left nothing behind")}: {(error is PostgresException postgres ? $"{postgres.SqlState}: {postgres.MessageText}" : error.Message)}", error);

    private void Say(ScriptRun run, int count, int total) => _say($"[{count}/{total}] {run.Name}  {run.Took.TotalMilliseconds:0} ms");

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(Settings("session").ConnectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private NpgsqlConnectionStringBuilder Settings(string what) => new(connectionString)
    {
        ApplicationName = $"purchase-limits: {what}",
        // A pooled connection would keep its lock and its role after it was closed.
        Pooling = false,
        CommandTimeout = Patience is { } patience ? Math.Max(1, (int)patience.TotalSeconds) : 0,
        Timeout = Patience is { } longest ? Math.Max(1, (int)longest.TotalSeconds) : 15,
        TcpKeepAlive = true,
        // The session that holds the lock does nothing else; no setting of the server may take that for idleness. Who stops in the
        // middle of a script, or vanishes, loses its locks all the same.
        Options = $"{new NpgsqlConnectionStringBuilder(connectionString).Options} -c idle_session_timeout=0 -c idle_in_transaction_session_timeout=10s -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
    };

    [System.Text.RegularExpressions.GeneratedRegex(@"^(\s*(?:CREATE\s+(?:UNIQUE\s+)?INDEX|DROP\s+INDEX))\s+CONCURRENTLY\b", System.Text.RegularExpressions.RegexOptions.Multiline | System.Text.RegularExpressions.RegexOptions.IgnoreCase)]
    private static partial System.Text.RegularExpressions.Regex ConcurrentIndex();

    /// <summary>DbUp's log, of which only what begins is of use to people.</summary>
    private sealed class Log(Action<string> say, Action<string> begins) : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args) { }

        public void LogDebug(string format, params object[] args) { }

        public void LogInformation(string format, params object[] args)
        {
            if (format.StartsWith("Executing Database Server script", StringComparison.Ordinal) && args.Length > 0)
                begins(args[0].ToString()!);
        }

        public void LogWarning(string format, params object[] args) => say(Format(format, args));

        public void LogError(string format, params object[] args) { }

        public void LogError(Exception ex, string format, params object[] args) { }

        private static string Format(string format, object[] args) =>
            string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
    }
}
