using Dapper;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>A row of <c>migration.applied_script</c>: what ran here.</summary>
internal sealed record AppliedScript
{
    public required string Name { get; init; }

    public required string Hash { get; init; }

    /// <summary>The newest release that left it so; 0: nobody counted then.</summary>
    public int Release { get; init; }

    /// <summary>Functions and views that it made (<see cref="Script.Makes"/>).</summary>
    public string[] Makes { get; init; } = [];

    public string? BreaksOlderWeb { get; init; }

    public bool IsMigration => Name.StartsWith("migrations/", StringComparison.Ordinal);

    /// <returns>By name; nothing where nothing has run.</returns>
    public static async Task<IReadOnlyDictionary<string, AppliedScript>> ReadAsync(NpgsqlConnection connection)
    {
        var columns = (await connection.QueryAsync<string>(
            """
            SELECT a.attname
            FROM pg_catalog.pg_attribute a
            JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'migration' AND c.relname = 'applied_script' AND a.attnum > 0
            """)).ToHashSet();
        if (columns.Count == 0)
            return new Dictionary<string, AppliedScript>();

        // An older program's journal lacks these and gets them at the next `up`.
        var rest = columns.Contains("release") ? ", release AS Release, makes AS Makes, breaks_older_web AS BreaksOlderWeb" : "";
        return (await connection.QueryAsync<AppliedScript>($"SELECT script_name AS Name, hash AS Hash{rest} FROM migration.applied_script"))
            .ToDictionary(row => row.Name);
    }
}
