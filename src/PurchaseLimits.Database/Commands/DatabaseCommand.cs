using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Npgsql;

namespace PurchaseLimits.Database.Commands;

/// <summary>What a command works on.</summary>
/// <param name="ConnectionString">The database.</param>
/// <param name="Local">The private server, where it is one.</param>
/// <param name="Scripts">This program's, or those of <c>--scripts</c>.</param>
/// <param name="Release">Which release they are of.</param>
/// <param name="IsJson">Whether a program reads the answer.</param>
/// <param name="Say">Takes progress, a sentence each.</param>
internal sealed record Target(string ConnectionString, LocalStore? Local, IReadOnlyList<Script> Scripts, int Release, bool IsJson, Action<string> Say)
{
    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}

/// <summary>What all commands on a database share: which one it is, and how they answer.</summary>
internal static class DatabaseCommand
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Option<string?> s_connection = new("--connection")
    {
        Description = "The database and a login that may create roles and schemas, or store_migrator. Default: the environment's ConnectionStrings__Migrator.",
        Recursive = true,
    };

    private static readonly Option<string?> s_passwordFile = new("--password-file")
    {
        Description = "A file with that login's password, so that no command line and no environment holds it. Default: the environment's MIGRATOR_PASSWORD_FILE.",
        Recursive = true,
    };

    private static readonly Option<bool> s_local = new("--local")
    {
        Description = "This clone's private server, the one that `dotnet run --project src/PurchaseLimits.Web` starts.",
        Recursive = true,
    };

    private static readonly Option<bool> s_json = new("--json")
    {
        Description = "Answer with one JSON object on standard output; progress goes to standard error.",
        Recursive = true,
    };

    private static readonly Option<string?> s_scripts = new("--scripts")
    {
        Description = "Try out the scripts of a folder like db/ in place of those built into this program.",
        Recursive = true,
    };

    public static IReadOnlyList<Option> Options { get; } = [s_connection, s_passwordFile, s_local, s_json, s_scripts];

    /// <summary>A command on a database.</summary>
    public static Command Of(string name, string description, IEnumerable<Option> options, Func<ParseResult, Target, CancellationToken, Task<Answer>> action)
    {
        var command = new Command(name, description);
        foreach (var option in options)
            command.Add(option);
        command.SetAction((result, stop) => RunAsync(name, result, action, stop));
        return command;
    }

    /// <returns>The connection string that was given, or null.</returns>
    /// <exception cref="MigrationException">It is none, or its password file cannot be read.</exception>
    private static string? ConnectionString(ParseResult result)
    {
        var given = result.GetValue(s_connection) ?? Environment.GetEnvironmentVariable("ConnectionStrings__Migrator");
        if (string.IsNullOrWhiteSpace(given))
            return null;
        if (ConnectionStringCheck.MistakeOrNull(given) is { } mistake)
            throw new MigrationException($"--connection (or ConnectionStrings__Migrator) {mistake}.");
        var settings = new NpgsqlConnectionStringBuilder(given);
        if (string.IsNullOrWhiteSpace(settings.Host) || string.IsNullOrWhiteSpace(settings.Database))
            throw new MigrationException("--connection (or ConnectionStrings__Migrator) must name a Host and a Database.");

        // What is said beside the command counts more than what is in the environment, where a password is in the string already.
        var file = result.GetValue(s_passwordFile) ?? (string.IsNullOrEmpty(settings.Password) ? Environment.GetEnvironmentVariable("MIGRATOR_PASSWORD_FILE") : null);
        if (!string.IsNullOrWhiteSpace(file))
            settings.Password = RolePasswords.ReadFile("--password-file (or MIGRATOR_PASSWORD_FILE)", file);
        return settings.ConnectionString;
    }

    private static async Task<int> RunAsync(
        string name, ParseResult result, Func<ParseResult, Target, CancellationToken, Task<Answer>> action, CancellationToken stop)
    {
        var json = result.GetValue(s_json);
        var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        // Whoever reads the answer with a program reads standard output; people read both.
        var progress = json ? error : output;
        Answer answer;
        try
        {
            answer = await AnswerAsync();
        }
        catch (Exception exception) when (exception is MigrationException or LocalPostgresException or NpgsqlException or OperationCanceledException
            or IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException or System.ComponentModel.Win32Exception)
        {
            answer = new(exception switch
            {
                MigrationRefusedException => ExitCode.Refused,
                MigrationLockedException => ExitCode.Locked,
                NpgsqlException and not PostgresException => ExitCode.NoAnswer,
                PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName } => ExitCode.Behind,
                _ => ExitCode.Failed,
            }, exception switch
            {
                OperationCanceledException => "Stopped. What ran before is kept; up goes on behind it.",
                PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName } missing =>
                    $"The database does not have what this needs ({missing.MessageText}). Bring it up to date: up.",
                PostgresException postgres => $"{postgres.SqlState}: {postgres.MessageText}",
                _ => exception.Message,
            });
        }

        if (json)
        {
            var document = new Dictionary<string, object?>
            {
                ["command"] = name,
                ["exitCode"] = answer.ExitCode,
                ["message"] = answer.Lines.Count > 0 ? answer.Lines[^1] : "",
            };
            foreach (var (key, value) in answer.Data ?? new Dictionary<string, object?>())
                document[key] = value;
            await output.WriteLineAsync(JsonSerializer.Serialize(document, s_indented));
        }
        else
        {
            foreach (var line in answer.Lines)
                await (answer.ExitCode is ExitCode.Failed or ExitCode.Refused or ExitCode.Locked or ExitCode.NoAnswer ? error : output).WriteLineAsync(line);
        }

        return answer.ExitCode;

        async Task<Answer> AnswerAsync()
        {
            var (scripts, release) = result.GetValue(s_scripts) is { } folder ? (Script.From(folder), Script.ReleaseOf(folder)) : (Script.Schema, Script.Release);
            if (result.GetValue(s_local))
            {
                await using var store = await LocalStore.OpenAsync(fresh: false, error.WriteLine);
                return await action(result, new(store.MigratorConnection, store, scripts, release, json, progress.WriteLine), stop);
            }

            return ConnectionString(result) is { } connectionString
                ? await action(result, new(connectionString, null, scripts, release, json, progress.WriteLine), stop)
                : new(ExitCode.Failed, "Which database? Give --connection \"Host=…;Database=…;Username=…;Password=…\", set ConnectionStrings__Migrator, or say --local.");
        }
    }
}
