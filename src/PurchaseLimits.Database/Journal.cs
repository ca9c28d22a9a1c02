using System.Data;
using System.Diagnostics;
using System.Reflection;
using DbUp.Engine;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>
/// What DbUp's own journal lacks: the hash of every script, written in the transaction of the script (facts 30). Which
/// scripts are to run was decided before (<see cref="SchemaStatus"/>), so none counts as executed here.
/// </summary>
/// <param name="scripts">By name.</param>
/// <param name="release">Whose scripts they are.</param>
/// <param name="ran">Told of each script that was written down, and how long it took. Its transaction may still be open.</param>
internal sealed class Journal(IReadOnlyDictionary<string, Script> scripts, int release, Action<ScriptRun> ran) : IJournal
{
    private const string Record =
        """
        INSERT INTO migration.applied_script (script_name, hash, release, makes, breaks_older_web, took, program)
        VALUES (@name, @hash, @release, @makes, @breaks_older_web, @took, @program)
        ON CONFLICT (script_name) DO UPDATE
        SET hash = excluded.hash,
            release = excluded.release,
            makes = excluded.makes,
            breaks_older_web = excluded.breaks_older_web,
            took = excluded.took,
            program = excluded.program,
            applied_at = excluded.applied_at,
            applied_by = excluded.applied_by
        """;

    private Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Which build ran a script: its version and commit.</summary>
    internal static string Program { get; } =
        typeof(Journal).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Makes the journal, or gives an older program's journal what it lacks. Takes no lock where nothing is missing.</summary>
    public static async Task PrepareAsync(NpgsqlConnection connection, IEnumerable<Script> scripts)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var owner = new NpgsqlCommand("SET LOCAL ROLE store_owner; SET LOCAL lock_timeout = '1s'", connection, transaction))
            await owner.ExecuteNonQueryAsync();
        await PrepareAsync(transaction, scripts);
        await transaction.CommitAsync();
    }

    /// <summary>The same in a transaction of the caller, who is the owner there.</summary>
    public static async Task PrepareAsync(NpgsqlTransaction transaction, IEnumerable<Script> scripts)
    {
        var connection = transaction.Connection;
        await using var create = new NpgsqlCommand(
            """
            CREATE SCHEMA IF NOT EXISTS migration;
            CREATE TABLE IF NOT EXISTS migration.applied_script (
                script_name text NOT NULL,
                hash text NOT NULL, -- SHA-256 of its text
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                applied_by text NOT NULL DEFAULT session_user,
                CONSTRAINT applied_script_pkey PRIMARY KEY (script_name)
            );
            SELECT EXISTS (
                SELECT
                FROM pg_attribute
                WHERE attrelid = 'migration.applied_script'::regclass AND attname = 'release'
            )
            """, connection, transaction);
        if (!(bool)(await create.ExecuteScalarAsync())!)
        {
            await using var alter = new NpgsqlCommand(
                """
                ALTER TABLE migration.applied_script
                    ADD COLUMN release integer NOT NULL DEFAULT 0, -- the newest that left it so
                    ADD COLUMN makes text[] NOT NULL DEFAULT '{}', -- functions and views
                    ADD COLUMN breaks_older_web text, -- why a web that does not know this script must not start
                    ADD COLUMN took interval,
                    ADD COLUMN program text -- version and commit
                """, connection, transaction);
            await alter.ExecuteNonQueryAsync();
            foreach (var script in scripts.Where(script => script.Makes.Count > 0))
            {
                await using var complete = new NpgsqlCommand(
                    "UPDATE migration.applied_script SET makes = @makes WHERE script_name = @name AND hash = @hash", connection, transaction);
                complete.Parameters.AddWithValue("makes", script.Makes.ToArray());
                complete.Parameters.AddWithValue("name", script.Name);
                complete.Parameters.AddWithValue("hash", script.Hash);
                await complete.ExecuteNonQueryAsync();
            }
        }
    }

    /// <summary>Writes down that scripts ran which did not: the database has what they make (<c>baseline</c>).</summary>
    public static async Task RecordAsync(NpgsqlConnection connection, IReadOnlyList<Script> scripts, int release)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var owner = new NpgsqlCommand("SET LOCAL ROLE store_owner", connection, transaction))
            await owner.ExecuteNonQueryAsync();
        foreach (var script in scripts)
        {
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            Fill(command, script, release, took: null);
            await command.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();
    }

    /// <summary>Forgets scripts whose file is gone and of which nothing is left.</summary>
    public static async Task ForgetAsync(NpgsqlConnection connection, IReadOnlyList<string> names)
    {
        await using var command = new NpgsqlCommand("SET ROLE store_owner; DELETE FROM migration.applied_script WHERE script_name = ANY (@names); RESET ROLE", connection);
        command.Parameters.AddWithValue("names", names.ToArray());
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The database is of this release now, also where that changed or left out a file and no script ran for it.</summary>
    public static async Task SetReleaseAsync(NpgsqlConnection connection, int release)
    {
        await using var command = new NpgsqlCommand("SET ROLE store_owner; UPDATE migration.applied_script SET release = @release WHERE release <> @release; RESET ROLE", connection);
        command.Parameters.AddWithValue("release", release);
        await command.ExecuteNonQueryAsync();
    }

    public string[] GetExecutedScripts() => [];

    // PrepareAsync did.
    public void EnsureTableExistsAndIsLatestVersion(Func<IDbCommand> dbCommandFactory) { }

    /// <summary>A script begins to run.</summary>
    public void Begin() => _clock = Stopwatch.StartNew();

    public void StoreExecutedScript(SqlScript script, Func<IDbCommand> dbCommandFactory)
    {
        var source = scripts[script.Name];
        Check(source, dbCommandFactory);
        using (var command = dbCommandFactory())
        {
            Fill((NpgsqlCommand)command, source, release, _clock.Elapsed);
            command.ExecuteNonQuery();
        }

        ran(new ScriptRun(script.Name, _clock.Elapsed));
        Begin();
    }

    /// <summary>Asks what a migration states, where it states something.</summary>
    /// <exception cref="MigrationException">It is not so.</exception>
    public static void Check(Script script, Func<IDbCommand> dbCommandFactory)
    {
        if (script.Check is not { } check)
            return;
        using var command = dbCommandFactory();
        command.CommandText = check;
        using var wrong = command.ExecuteReader();
        if (wrong.Read())
            throw new MigrationException($"It did not do what it is for ({script.Name.Replace("migrations/", "checks/", StringComparison.Ordinal)}): {wrong.GetValue(0)}.");
    }

    private static void Fill(NpgsqlCommand command, Script script, int release, TimeSpan? took)
    {
        command.CommandText = Record;
        command.Parameters.AddWithValue("name", script.Name);
        command.Parameters.AddWithValue("hash", script.Hash);
        command.Parameters.AddWithValue("release", release);
        command.Parameters.AddWithValue("makes", script.Makes.ToArray());
        command.Parameters.AddWithValue("breaks_older_web", NpgsqlTypes.NpgsqlDbType.Text, (object?)script.BreaksOlderWeb ?? DBNull.Value);
        command.Parameters.AddWithValue("took", NpgsqlTypes.NpgsqlDbType.Interval, (object?)took ?? DBNull.Value);
        command.Parameters.AddWithValue("program", Program);
    }
}

/// <summary>A script that ran.</summary>
/// <param name="Name">Its path below <c>db/</c>.</param>
/// <param name="Took">How long it took, what it waited for included.</param>
public sealed record ScriptRun(string Name, TimeSpan Took);
