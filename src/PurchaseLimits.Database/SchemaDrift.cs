using System.Security.Cryptography;
using Dapper;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>An object that is not what the scripts make.</summary>
/// <param name="Name">As <c>index store.customer_event_pkey</c>.</param>
/// <param name="Expected">What the scripts make; null: they make no such object.</param>
/// <param name="Found">What is there; null: it is missing.</param>
public sealed record SchemaDifference(string Name, string? Expected, string? Found)
{
    public string Sentence =>
        Expected is null ? $"{Name} is there, and no script makes it"
        : Found is null ? $"{Name} is missing"
        : $"{Name} is not what the scripts make";
}

/// <summary>What <c>verify</c> found.</summary>
public sealed record SchemaProof
{
    public required SchemaStatus Status { get; init; }

    /// <summary>What migrations state and is not so, and indexes that are not valid. A sentence each.</summary>
    public IReadOnlyList<string> Broken { get; init; } = [];

    /// <summary>Null: not compared.</summary>
    public IReadOnlyList<SchemaDifference>? Differences { get; init; }

    public bool Holds => Status.IsCurrent && Broken.Count == 0 && Differences is null or [];
}

/// <summary>
/// Compares a database with what the scripts make. That is found out by running them in a new database beside it, on the same
/// server: how PostgreSQL writes a view down differs from version to version, so a text kept in a file could only be compared
/// with one of them.
/// </summary>
internal static class SchemaDrift
{
    private static readonly string[] s_ofTables = ["schema ", "extension ", "table ", "sequence ", "column ", "constraint ", "index ", "type "];

    /// <param name="live">The database, open.</param>
    /// <param name="connectionString">The same, for another connection.</param>
    /// <param name="scripts">What should have run in it.</param>
    /// <param name="onlyTables">Leave out functions, views, triggers and rights.</param>
    /// <param name="say">Takes progress.</param>
    /// <exception cref="MigrationException">The login may not create databases.</exception>
    public static async Task<IReadOnlyList<SchemaDifference>> FindAsync(
        NpgsqlConnection live, string connectionString, IReadOnlyList<Script> scripts, bool onlyTables, Action<string> say)
    {
        var expected = await DescribeExpectedAsync(live, connectionString, scripts, say);
        var found = await DescribeAsync(live);
        return
        [
            .. expected.Keys.Union(found.Keys)
                .Where(name => !onlyTables || s_ofTables.Any(kind => name.StartsWith(kind, StringComparison.Ordinal)))
                // The journal is the migrator's and made before the first script.
                .Where(name => !onlyTables || !name.Contains(" migration", StringComparison.Ordinal))
                .Select(name => new SchemaDifference(name, expected.GetValueOrDefault(name), found.GetValueOrDefault(name)))
                .Where(difference => difference.Expected != difference.Found)
                .OrderBy(difference => difference.Name, StringComparer.Ordinal),
        ];
    }

    private static async Task<IReadOnlyDictionary<string, string>> DescribeExpectedAsync(
        NpgsqlConnection live, string connectionString, IReadOnlyList<Script> scripts, Action<string> say)
    {
        await DropLeftoversAsync(live);
        var name = $"{Prefix}{DateTime.UtcNow:yyyyMMddHHmmss}_{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        say($"Making the schema anew in database {name}, to compare with.");
        try
        {
            await live.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0");
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationException("To compare the schema this login must be able to create a database beside it (ALTER ROLE … CREATEDB). Without that: verify --no-compare.", exception);
        }

        try
        {
            var beside = new NpgsqlConnectionStringBuilder(connectionString) { Database = name, Pooling = false }.ConnectionString;
            await new Migrator(beside) { Scripts = scripts }.UpAsync();
            await using var connection = new NpgsqlConnection(beside);
            await connection.OpenAsync();
            return await DescribeAsync(connection);
        }
        finally
        {
            await live.ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        }
    }

    private const string Prefix = "purchase_limits_compare_";

    // Of runs that were killed; one that lives is not that old.
    private static async Task DropLeftoversAsync(NpgsqlConnection live)
    {
        var leftovers = await live.QueryAsync<string>(
            """
            SELECT datname
            FROM pg_database
            WHERE starts_with(datname, @Prefix)
              AND datname < @Prefix || @Old
              AND pg_has_role(datdba, 'USAGE')
            """, new { Prefix, Old = DateTime.UtcNow.AddHours(-1).ToString("yyyyMMddHHmmss", System.Globalization.CultureInfo.InvariantCulture) });
        foreach (var leftover in leftovers)
            await live.ExecuteAsync($"DROP DATABASE IF EXISTS {leftover} WITH (FORCE)");
    }

    /// <returns>Every object of the store's schemas, and what it is. The connection's search path is empty from then on.</returns>
    internal static async Task<IReadOnlyDictionary<string, string>> DescribeAsync(NpgsqlConnection connection)
    {
        // Names are written down with their schema only where the search path does not find them.
        await connection.ExecuteAsync("SELECT set_config('search_path', '', false)");
        var rows = await connection.QueryAsync<(string Name, string? Definition)>(Query.Value);
        return rows.ToDictionary(row => row.Name, row => row.Definition ?? "");
    }

    private static readonly Lazy<string> Query = new(() =>
    {
        using var reader = new StreamReader(typeof(SchemaDrift).Assembly.GetManifestResourceStream("SchemaDescription")!);
        return reader.ReadToEnd();
    });
}
