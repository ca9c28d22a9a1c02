using Dapper;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>What a database is to a program.</summary>
public enum SchemaState
{
    /// <summary>Nothing of ours has run here.</summary>
    Fresh,

    /// <summary>Scripts are to run.</summary>
    Behind,

    /// <summary>It is the schema of this program.</summary>
    Current,

    /// <summary>A newer program has run here.</summary>
    Ahead,

    /// <summary>What ran here is not what the program has: a landed migration was edited, or one would run out of turn.</summary>
    Refused,
}

/// <summary>How a database compares with the scripts that a program was built with.</summary>
public sealed record SchemaStatus
{
    /// <summary>Scripts to run, in order: never run here, or replaceable and changed since.</summary>
    public required IReadOnlyList<Script> Pending { get; init; }

    /// <summary>Names of migrations that ran here with another text than they have now. They are never edited.</summary>
    public required IReadOnlyList<string> Edited { get; init; }

    /// <summary>Names of migrations that did not run here while one with a higher number did: nobody tried them in that order.</summary>
    public required IReadOnlyList<string> OutOfTurn { get; init; }

    /// <summary>Names of migrations that ran here and that this program does not know: the database is newer.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }

    /// <summary>The release of the newest program that ran here (<see cref="Script.Release"/>).</summary>
    public required int Release { get; init; }

    /// <summary>This program's.</summary>
    public required int OwnRelease { get; init; }

    /// <summary>Of the unknown migrations those whose author says that older webs do not work on them, and why.</summary>
    public required IReadOnlyDictionary<string, string> BreaksOlderWeb { get; init; }

    /// <summary>Replaceable scripts that ran here and have no file any more, with what they made that is still there.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Orphaned { get; init; }

    public required int AppliedCount { get; init; }

    public SchemaState State =>
        Edited.Count + OutOfTurn.Count > 0 ? SchemaState.Refused
        : Unknown.Count > 0 || Release > OwnRelease ? SchemaState.Ahead
        : Pending.Count == 0 ? SchemaState.Current
        : AppliedCount == 0 ? SchemaState.Fresh
        : SchemaState.Behind;

    public bool IsCurrent => State == SchemaState.Current;

    /// <summary>
    /// Whether a web of this version works here: on its own schema, and on a newer one that does not say otherwise, since old
    /// and new run side by side while a release is rolled out.
    /// </summary>
    public bool FitsWeb => State == SchemaState.Current
        || (State == SchemaState.Ahead && BreaksOlderWeb.Count == 0 && !Pending.Any(script => script.IsMigration));

    /// <summary>One sentence that says what is the matter, and names the scripts.</summary>
    public string Sentence => State switch
    {
        _ when Edited.Count > 0 => $"Edited after it ran here: {string.Join(", ", Edited)}. Landed migrations are never edited; add a new one.",
        SchemaState.Refused => $"Numbered below what ran here already: {string.Join(", ", OutOfTurn)}. Nobody tried them in that order; give them higher numbers.",
        SchemaState.Ahead when BreaksOlderWeb.Count > 0 =>
            $"The database is newer than this program, which does not work on it: {string.Join("; ", BreaksOlderWeb.Select(pair => $"{pair.Key}: {pair.Value}"))}.",
        SchemaState.Ahead when Unknown.Count > 0 => $"The database is newer than this program; it has run {string.Join(", ", Unknown)}.",
        SchemaState.Ahead => $"The database is of release {Release}, newer than this program, which is of release {OwnRelease}.",
        SchemaState.Current => $"Up to date: {AppliedCount} scripts.",
        SchemaState.Fresh => $"Empty: {Pending.Count} scripts to run.",
        _ => $"{Pending.Count} scripts to run: {string.Join(", ", Pending.Select(script => script.Name))}.",
    };

    /// <summary>A sentence for each script whose file is gone while what it made is not.</summary>
    public IEnumerable<string> OrphanSentences => Orphaned.Where(orphan => orphan.Value.Count > 0)
        .Select(orphan => $"{orphan.Key} ran here and has no file any more; {string.Join(", ", orphan.Value)} is still there. Drop it in a migration.");

    /// <summary>Compares. Needs no more than the right to read <c>migration.applied_script</c>, or that it is missing.</summary>
    public static Task<SchemaStatus> ReadAsync(NpgsqlConnection connection) => ReadAsync(connection, Script.Schema, Script.Release);

    internal static async Task<SchemaStatus> ReadAsync(NpgsqlConnection connection, IReadOnlyList<Script> scripts, int release)
    {
        var applied = await AppliedScript.ReadAsync(connection);
        var known = scripts.ToDictionary(script => script.Name);
        var unknown = applied.Values.Where(row => row.IsMigration && !known.ContainsKey(row.Name)).OrderBy(row => row.Name, StringComparer.Ordinal).ToList();
        var newest = applied.Values.Select(row => row.Release).DefaultIfEmpty(0).Max();
        var last = applied.Keys.Where(name => name.StartsWith("migrations/", StringComparison.Ordinal)).Max(StringComparer.Ordinal);

        var changed = scripts
            .Where(script => !applied.TryGetValue(script.Name, out var row) || (!script.IsMigration && row.Hash != script.Hash))
            .Select(script => script.Name)
            .ToHashSet();
        // A function that was dropped and made again has lost its grants.
        if (changed.Any(name => !name.StartsWith("grants/", StringComparison.Ordinal)))
            changed.UnionWith(scripts.Where(script => script.Folder == "grants").Select(script => script.Name));

        return new SchemaStatus
        {
            Pending = ScriptOrder.WithDependents(scripts, changed),
            Edited = [.. scripts.Where(script => script.IsMigration && applied.TryGetValue(script.Name, out var row) && row.Hash != script.Hash)
                .Select(script => script.Name)],
            OutOfTurn = [.. scripts.Where(script => script.IsMigration && !applied.ContainsKey(script.Name) && string.CompareOrdinal(script.Name, last) < 0)
                .Select(script => script.Name)],
            Unknown = [.. unknown.Select(row => row.Name)],
            Release = newest,
            OwnRelease = release,
            BreaksOlderWeb = unknown.Where(row => row.BreaksOlderWeb is not null).ToDictionary(row => row.Name, row => row.BreaksOlderWeb!),
            // Of a newer database nobody can say from here what is left over and what is to come.
            Orphaned = unknown.Count > 0 || newest > release
                ? new Dictionary<string, IReadOnlyList<string>>()
                : await ReadOrphansAsync(connection, [.. applied.Values.Where(row => !row.IsMigration && !known.ContainsKey(row.Name))]),
            AppliedCount = applied.Count,
        };
    }

    private static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> ReadOrphansAsync(NpgsqlConnection connection, IReadOnlyList<AppliedScript> orphans)
    {
        var orphaned = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var orphan in orphans)
        {
            orphaned.Add(orphan.Name, [.. await connection.QueryAsync<string>(
                """
                SELECT made
                FROM unnest(@Makes) made
                WHERE split_part(made, ' ', 2) IN (
                    SELECT format('%s.%s', n.nspname, p.proname)
                    FROM pg_catalog.pg_proc p
                    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                    WHERE made NOT LIKE 'view %'
                    UNION ALL
                    SELECT format('%s.%s', n.nspname, c.relname)
                    FROM pg_catalog.pg_class c
                    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                    WHERE made LIKE 'view %'
                )
                """, new { orphan.Makes })]);
        }

        return orphaned;
    }
}
