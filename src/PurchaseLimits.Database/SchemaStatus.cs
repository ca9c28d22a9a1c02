using Dapper;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>How a database compares with the scripts that a program was built with.</summary>
public sealed record SchemaStatus
{
    /// <summary>Scripts to run: never run here, or replaceable and changed since.</summary>
    public required IReadOnlyList<Script> Pending { get; init; }

    /// <summary>Names of migrations that ran here with another text than they have now. They are never edited.</summary>
    public required IReadOnlyList<string> Edited { get; init; }

    /// <summary>Names of migrations that ran here and that this program does not know: the database is newer.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }

    public required int AppliedCount { get; init; }

    public bool IsCurrent => Pending.Count == 0 && Edited.Count == 0 && Unknown.Count == 0;

    /// <summary>One sentence that says what is the matter, and names the scripts.</summary>
    public string Sentence =>
        Edited.Count > 0 ? $"Edited after it ran here: {string.Join(", ", Edited)}. Landed migrations are never edited; add a new one."
        : Unknown.Count > 0 ? $"The database is newer than this program; it has run {string.Join(", ", Unknown)}."
        : Pending.Count > 0 ? $"{Pending.Count} scripts to run: {string.Join(", ", Pending.Select(script => script.Name))}."
        : $"Up to date: {AppliedCount} scripts.";

    /// <summary>Compares. Needs no more than the right to read <c>migration.applied_script</c>, or that it is missing.</summary>
    public static Task<SchemaStatus> ReadAsync(NpgsqlConnection connection) => ReadAsync(connection, Script.Schema);

    internal static async Task<SchemaStatus> ReadAsync(NpgsqlConnection connection, IReadOnlyList<Script> scripts)
    {
        var journalExists = await connection.ExecuteScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'migration' AND tablename = 'applied_script')");
        var applied = journalExists
            ? (await connection.QueryAsync<(string Name, string Hash)>("SELECT script_name, hash FROM migration.applied_script"))
                .ToDictionary(row => row.Name, row => row.Hash)
            : [];

        var known = scripts.ToDictionary(script => script.Name);
        var pending = scripts
            .Where(script => !applied.TryGetValue(script.Name, out var hash) || (!script.IsMigration && hash != script.Hash))
            .ToList();
        // A function that was dropped and made again has lost its grants.
        if (pending.Any(script => script.Folder != "grants"))
            pending.AddRange(scripts.Where(script => script.Folder == "grants" && !pending.Contains(script)));

        return new SchemaStatus
        {
            Pending = pending,
            Edited = [.. scripts.Where(script => script.IsMigration && applied.TryGetValue(script.Name, out var hash) && hash != script.Hash)
                .Select(script => script.Name)],
            Unknown = [.. applied.Keys.Where(name => name.StartsWith("migrations/", StringComparison.Ordinal) && !known.ContainsKey(name))
                .Order(StringComparer.Ordinal)],
            AppliedCount = applied.Count,
        };
    }
}
