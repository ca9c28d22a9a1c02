using Dapper;
using Npgsql;

namespace PurchaseLimits.Database;

/// <content>What looks at a schema that is there.</content>
public sealed partial class Migrator
{
    /// <summary>
    /// Writes down that scripts ran, without running them: for a database that has the schema and no journal.
    /// </summary>
    /// <param name="upTo">The last migration that counts as run, e.g. <c>0022</c>; then functions, views and grants run at the next <c>up</c>. Null: all scripts count as run.</param>
    /// <param name="acceptDifferences">Also where the schema is not what these scripts make.</param>
    /// <returns>What was written down, and how the schema differs from what these scripts make; with differences that were not accepted nothing was written.</returns>
    /// <exception cref="MigrationRefusedException">Scripts ran here already.</exception>
    public async Task<(IReadOnlyList<string> Recorded, IReadOnlyList<SchemaDifference> Differences)> BaselineAsync(string? upTo, bool acceptDifferences)
    {
        await using var session = await OpenAsync();
        await MigrationLock.TakeAsync(session, LongestWait, _say, Stop);
        var status = await SchemaStatus.ReadAsync(session, Scripts, Release);
        if (status.AppliedCount > 0)
            throw new MigrationRefusedException($"{status.AppliedCount} scripts ran here already, so there is nothing to begin from. {status.Sentence}");
        var scripts = Scripts;
        if (upTo is not null)
        {
            scripts = [.. Scripts.Where(script => script.IsMigration && string.CompareOrdinal(script.Name, $"migrations/{upTo}_\uffff") <= 0)];
            if (scripts.Count == 0 || !scripts[^1].Name.StartsWith($"migrations/{upTo}_", StringComparison.Ordinal))
                throw new MigrationException($"There is no migration {upTo}.");
        }

        var differences = await SchemaDrift.FindAsync(session, connectionString, scripts, onlyTables: upTo is not null, _say);
        if (differences.Count > 0 && !acceptDifferences)
            return ([], differences);
        await RunRolesAsync(session);
        await Journal.PrepareAsync(session, []);
        await Journal.RecordAsync(session, scripts, Release);
        return ([.. scripts.Select(script => script.Name)], differences);
    }

    /// <summary>Whether the database is what these scripts make: hashes, order, what each migration states, and every object.</summary>
    /// <param name="compare">Whether to build the schema anew beside it and compare the two, which takes a login that may create databases.</param>
    public async Task<SchemaProof> VerifyAsync(bool compare)
    {
        await using var connection = await OpenAsync();
        var status = await SchemaStatus.ReadAsync(connection, Scripts, Release);
        var proof = new SchemaProof { Status = status };
        if (status.State is not SchemaState.Current)
            return proof;

        var broken = new List<string>();
        foreach (var script in Scripts.Where(script => script.IsMigration))
        {
            try
            {
                Journal.Check(script, connection.CreateCommand);
            }
            catch (Exception exception) when (exception is NpgsqlException or MigrationException)
            {
                broken.Add($"{script.Name}: {exception.Message}");
            }
        }

        // Roles are the server's, so a database made beside this one has the same.
        broken.AddRange(await connection.QueryAsync<string>(Script.Named("checks/roles.sql").Text));
        broken.AddRange((await InvalidIndexes.ReadAsync(connection)).Select(index => $"The index {index} is not valid: it was never built to its end."));
        return proof with
        {
            Broken = broken,
            Differences = compare ? await SchemaDrift.FindAsync(connection, connectionString, Scripts, onlyTables: false, _say) : null,
        };
    }
}
