using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace PurchaseLimits.Database.Commands;

/// <summary>The commands that look after the schema.</summary>
internal static class SchemaCommands
{
    // Whose settings hold where nothing else is said.
    private static readonly Migrator s_unset = new("");

    // PostgreSQL counts its timeouts in milliseconds, in 32 bits.
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(24 * 24);

    private static readonly Option<TimeSpan> s_lockWait = Duration("--lock-wait", "How long to wait for another migration of this database.", s_unset.LongestWait);

    private static readonly Option<TimeSpan> s_lockTimeout = Duration(
        "--lock-timeout", "How long a script waits for a lock, while purchases queue behind it, until it is undone and tried again.", s_unset.LockTimeout);

    private static readonly Option<int> s_lockTries = new("--lock-tries")
    {
        Description = "How often a script is tried that does not get its lock.",
        DefaultValueFactory = _ => s_unset.LockTries,
    };

    private static readonly Option<TimeSpan> s_statementTimeout = Duration(
        "--statement-timeout", "After how long one statement of a script is given up.", s_unset.StatementTimeout);

    public static IEnumerable<Command> All() => [Up(), Status(), Plan(), DryRun(), Verify(), Baseline(), Wait()];

    private static Command Up()
    {
        var back = new Option<bool>("--back") { Description = "Takes a release back: replaces newer functions and views by this program's. Migrations stay." };
        var rolesOnly = new Option<bool>("--roles-only") { Description = "Only makes the roles and gives them their passwords: before a backup is restored." };
        var create = new Option<bool>("--create-database") { Description = "Makes the database first, where the server has none of that name." };
        return DatabaseCommand.Of("up",
            """
            Runs what is pending. Any number may run at once: one works, the others wait and find nothing to do.
            Each migration is a transaction of its own; functions, views and grants are one together.
            Roles get a login with the password in STORE_MIGRATOR_PASSWORD, STORE_WEB_PASSWORD, STORE_ADMIN_PASSWORD, STORE_WORKER_PASSWORD,
            or in the file that the same name with _FILE names; without one they stay as they are.
            """,
            [create, back, rolesOnly, s_lockWait, s_lockTimeout, s_lockTries, s_statementTimeout],
            async (result, target, stop) =>
            {
                if (result.GetValue(create))
                    await NewDatabase.EnsureAsync(target.ConnectionString);
                var passwords = target.Local?.RolePasswords ?? RolePasswords.FromEnvironment();
                if (result.GetValue(rolesOnly))
                {
                    await MigratorOf(result, target, stop).MakeRolesAsync(passwords);
                    return new(ExitCode.Done, $"The roles are there. New passwords: {(passwords.Count > 0 ? string.Join(", ", passwords.Keys) : "none")}.");
                }

                var ran = await MigratorOf(result, target, stop, result.GetValue(back)).UpAsync(passwords);
                var status = await MigratorOf(result, target, stop).StatusAsync();
                return new(ExitCode.Done, ran.Count > 0 || target.IsJson ? [status.Sentence] : [], new Dictionary<string, object?>
                {
                    ["scripts"] = Runs(ran),
                    ["leftOver"] = LeftOver(status),
                });
            });
    }

    private static Command Status() => DatabaseCommand.Of("status",
        "Says what is pending, and changes nothing.",
        [],
        async (result, target, stop) =>
        {
            var status = await MigratorOf(result, target, stop).StatusAsync();
            return new(Code(status), [.. status.OrphanSentences, status.Sentence], Describe(status));
        });

    private static Command Plan()
    {
        var names = new Option<bool>("--names") { Description = "Only the scripts' names." };
        var back = new Option<bool>("--back") { Description = "What `up --back` would run." };
        return DatabaseCommand.Of("plan",
            "Writes down what `up` would run now, in order, as SQL that people can read. Changes nothing.",
            [names, back],
            async (result, target, stop) =>
            {
                var pending = await MigratorOf(result, target, stop, result.GetValue(back)).PlanAsync();
                var lines = new List<string>();
                foreach (var (script, position) in pending.Select((script, position) => (script, position)))
                {
                    var how = script.RunsOutsideTransaction ? "outside of a transaction" : script.IsMigration ? "in a transaction of its own" : "in one transaction with the other functions, views and grants";
                    lines.Add(result.GetValue(names) ? script.Name : $"-- {position + 1} of {pending.Count}: {script.Name}, {how}\n{script.Text}");
                }

                if (pending.Count == 0)
                    lines.Add("-- Nothing to run.");
                return new(ExitCode.Done, lines, new Dictionary<string, object?>
                {
                    ["message"] = $"{pending.Count} scripts to run.",
                    ["scripts"] = pending.Select(script => new
                    {
                        name = script.Name,
                        hash = script.Hash,
                        transaction = !script.RunsOutsideTransaction,
                        breaksOlderWeb = script.BreaksOlderWeb,
                        sql = result.GetValue(names) ? null : script.Text,
                    }),
                });
            });
    }

    private static Command DryRun() => DatabaseCommand.Of("dry-run",
        """
        Really runs what is pending, in one transaction, and undoes it.
        Locks are kept until the end, so purchases of a live store wait meanwhile: run it on a copy. Indexes are made without CONCURRENTLY.
        """,
        [s_lockWait, s_lockTimeout, s_statementTimeout],
        async (result, target, stop) =>
        {
            var (ran, notTried) = await MigratorOf(result, target, stop).DryRunAsync();
            return new(ExitCode.Done,
                [
                    .. notTried.Select(name => $"Not tried, because it runs outside of a transaction only: {name}"),
                    ran.Count + notTried.Count == 0 ? "Nothing to run." : $"{ran.Count} scripts would run; nothing of it was kept.",
                ],
                new Dictionary<string, object?> { ["scripts"] = Runs(ran), ["notTried"] = notTried });
        });

    private static Command Verify()
    {
        var noCompare = new Option<bool>("--no-compare") { Description = "Leave out the comparison of every object, for which a database is made beside this one and dropped again." };
        return DatabaseCommand.Of("verify",
            """
            Proves that the database is what these scripts make: that none was edited, none ran out of turn and none is unknown; that what each migration
            states is so (db/checks); and that every table, index, function, view and right is what a new database gets from the same scripts.
            """,
            [noCompare],
            async (result, target, stop) =>
            {
                var proof = await MigratorOf(result, target, stop).VerifyAsync(!result.GetValue(noCompare));
                var lines = new List<string>(proof.Status.OrphanSentences);
                lines.AddRange(proof.Broken);
                foreach (var difference in proof.Differences ?? [])
                    lines.AddRange(Lines(difference));
                var wrong = proof.Broken.Count + (proof.Differences?.Count ?? 0);
                lines.Add(!proof.Status.IsCurrent ? proof.Status.Sentence
                    : wrong > 0 ? $"Drifted: {wrong} things are not as the scripts make them."
                    : proof.Differences is null ? $"{proof.Status.Sentence} What the migrations state is so; objects were not compared."
                    : $"{proof.Status.Sentence} Every object is what the scripts make.");
                return new(!proof.Status.IsCurrent ? Code(proof.Status) : wrong > 0 ? ExitCode.Drifted : ExitCode.Done, lines,
                    new Dictionary<string, object?>(Describe(proof.Status)) { ["broken"] = proof.Broken, ["differences"] = proof.Differences });
            });
    }

    private static Command Baseline()
    {
        var at = new Option<string?>("--at") { Description = "The number of the last migration that counts as run, e.g. 0022; then `up` goes on behind it. Default: everything counts as run." };
        var accept = new Option<bool>("--accept-differences") { Description = "Also where the schema is not what the scripts make. Look at them first." };
        return DatabaseCommand.Of("baseline",
            """
            For a database that has the schema and no record of it: writes down that the scripts ran, without running them.
            It compares first, and writes nothing where the schema is not what they make.
            """,
            [at, accept, s_lockWait],
            async (result, target, stop) =>
            {
                var (recorded, differences) = await MigratorOf(result, target, stop).BaselineAsync(result.GetValue(at), result.GetValue(accept));
                var lines = differences.SelectMany(Lines).ToList();
                lines.Add(recorded.Count > 0
                    ? $"{recorded.Count} scripts count as run from now on."
                    : $"Nothing was written: {differences.Count} things are not as the scripts make them. If that is meant to be so: --accept-differences.");
                return new(recorded.Count > 0 ? ExitCode.Done : ExitCode.Drifted, lines,
                    new Dictionary<string, object?> { ["scripts"] = recorded, ["differences"] = differences });
            });
    }

    private static Command Wait()
    {
        var longest = Duration("--for", "For how long at most.", TimeSpan.FromMinutes(1));
        var server = new Option<bool>("--server") { Description = "Only until the server answers this login, migrated or not." };
        return DatabaseCommand.Of("wait",
            "Waits until the server answers and the schema is one that the web of this version works on. Any role of the store may ask.",
            [longest, server],
            async (result, target, stop) =>
            {
                var clock = Stopwatch.StartNew();
                while (true)
                {
                    Answer answer;
                    try
                    {
                        var left = result.GetValue(longest) - clock.Elapsed;
                        var migrator = MigratorOf(result, target, stop, patience: left > TimeSpan.FromSeconds(5) ? TimeSpan.FromSeconds(5) : left);
                        var status = result.GetValue(server) ? null : await migrator.StatusAsync();
                        if (status is null)
                            await migrator.ReachAsync();
                        if (status is null || status.FitsWeb)
                            return new(ExitCode.Done, status?.Sentence ?? "The server answers.");
                        answer = new(Code(status), status.Sentence);
                        // Time heals only what is behind.
                        if (answer.ExitCode == ExitCode.Refused)
                            return answer;
                    }
                    // A role without its password yet, a database that is still to be made: another minute may bring it.
                    catch (NpgsqlException exception)
                    {
                        answer = new(exception is PostgresException ? ExitCode.Failed : ExitCode.NoAnswer, exception.Message);
                    }

                    if (clock.Elapsed >= result.GetValue(longest))
                        return answer with { Lines = [$"Waited {clock.Elapsed.TotalSeconds:0} s. {answer.Lines[^1]}"] };
                    await Task.Delay(TimeSpan.FromMilliseconds(250), stop);
                }
            });
    }

    private static Migrator MigratorOf(ParseResult result, Target target, CancellationToken stop, bool back = false, TimeSpan? patience = null)
    {
        return new(target.ConnectionString, target.Say)
        {
            Scripts = target.Scripts,
            Release = target.Release,
            Back = back,
            Patience = patience,
            Stop = stop,
            LongestWait = Or(s_lockWait, s_unset.LongestWait),
            LockTimeout = Or(s_lockTimeout, s_unset.LockTimeout),
            LockTries = Or(s_lockTries, s_unset.LockTries),
            StatementTimeout = Or(s_statementTimeout, s_unset.StatementTimeout),
        };

        T Or<T>(Option<T> option, T otherwise) => result.CommandResult.Command.Options.Contains(option) ? result.GetRequiredValue(option) : otherwise;
    }

    /// <summary>A time as people write it: 500ms, 30s, 5m, 1h.</summary>
    private static Option<TimeSpan> Duration(string name, string description, TimeSpan otherwise) => new(name)
    {
        Description = $"{description} As 500ms, 30s, 5m or 1h.",
        DefaultValueFactory = _ => otherwise,
        CustomParser = argument =>
        {
            var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
            var digits = text.TrimEnd('m', 's', 'h');
            TimeSpan? unit = text[digits.Length..] switch
            {
                "ms" => TimeSpan.FromMilliseconds(1),
                "s" => TimeSpan.FromSeconds(1),
                "m" => TimeSpan.FromMinutes(1),
                "h" => TimeSpan.FromHours(1),
                _ => null,
            };
            if (unit is not { } one || digits.Length is 0 or > 7 || !digits.All(char.IsAsciiDigit))
                argument.AddError($"{name}: '{text}' is no time like 500ms, 30s, 5m or 1h.");
            else if (int.Parse(digits, CultureInfo.InvariantCulture) * one is var time && time <= s_longest)
                return time;
            else
                argument.AddError($"{name}: '{text}' is longer than {s_longest.TotalHours}h.");
            return default;
        },
    };

    private static int Code(SchemaStatus status) => status.State switch
    {
        SchemaState.Current => ExitCode.Done,
        SchemaState.Fresh or SchemaState.Behind => ExitCode.Behind,
        _ => ExitCode.Refused,
    };

    private static Dictionary<string, object?> Describe(SchemaStatus status) => new()
    {
        ["state"] = status.State.ToString().ToLowerInvariant(),
        ["applied"] = status.AppliedCount,
        ["pending"] = status.Pending.Select(script => script.Name),
        ["edited"] = status.Edited,
        ["outOfTurn"] = status.OutOfTurn,
        ["unknown"] = status.Unknown,
        ["release"] = status.Release,
        ["ownRelease"] = status.OwnRelease,
        ["leftOver"] = LeftOver(status),
    };

    private static IEnumerable<object> LeftOver(SchemaStatus status) => status.Orphaned.Select(orphan => new { script = orphan.Key, objects = orphan.Value });

    private static IEnumerable<object> Runs(IEnumerable<ScriptRun> runs) => runs.Select(run => new { name = run.Name, milliseconds = Math.Round(run.Took.TotalMilliseconds, 1) });

    // As a reviewer knows it: what should be there with -, what is there with +.
    private static IEnumerable<string> Lines(SchemaDifference difference)
    {
        yield return difference.Sentence;
        if (difference.Expected is null || difference.Found is null)
            yield break;
        var (expected, found) = (difference.Expected.Split('\n'), difference.Found.Split('\n'));
        foreach (var line in expected.Except(found))
            yield return $"  - {line}";
        foreach (var line in found.Except(expected))
            yield return $"  + {line}";
    }
}
