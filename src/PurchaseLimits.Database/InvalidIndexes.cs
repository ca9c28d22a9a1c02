using Dapper;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>
/// What a CREATE INDEX CONCURRENTLY leaves that did not come to its end: an index that every write pays for and no query
/// uses, and that IF NOT EXISTS takes for the real one.
/// </summary>
internal static class InvalidIndexes
{
    /// <returns>Qualified names.</returns>
    public static async Task<IReadOnlyList<string>> ReadAsync(NpgsqlConnection connection) =>
        [.. await connection.QueryAsync<string>(
            """
            SELECT format('%I.%I', n.nspname, c.relname)
            FROM pg_index i
            JOIN pg_class c ON c.oid = i.indexrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE NOT (i.indisvalid AND i.indisready)
              AND n.nspname IN ('store', 'account', 'report', 'migration')
            ORDER BY 1
            """)];

    /// <summary>Drops those that a script is about to build. Waits for no lock longer than the caller's session does.</summary>
    public static async Task<IReadOnlyList<string>> DropAsync(NpgsqlConnection session, Script script)
    {
        var dropped = new List<string>();
        foreach (var index in await ReadAsync(session))
        {
            if (!System.Text.RegularExpressions.Regex.IsMatch(script.WithoutComments(), $@"\b{System.Text.RegularExpressions.Regex.Escape(index.Split('.')[1])}\b"))
                continue;
            await session.ExecuteAsync($"DROP INDEX CONCURRENTLY IF EXISTS {index}");
            dropped.Add(index);
        }

        return dropped;
    }
}
