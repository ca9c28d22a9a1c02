using System.Data;
using DbUp.Engine;

namespace PurchaseLimits.Database;

/// <summary>
/// What DbUp's own journal lacks: the hash of every script, written in the transaction of the script (facts 30). Which
/// scripts are to run was decided before (<see cref="SchemaStatus"/>), so none counts as executed here.
/// </summary>
internal sealed class Journal(IReadOnlyDictionary<string, Script> scripts) : IJournal
{
    public string[] GetExecutedScripts() => [];

    public void EnsureTableExistsAndIsLatestVersion(Func<IDbCommand> dbCommandFactory)
    {
        using var command = dbCommandFactory();
        command.CommandText =
            """
            CREATE SCHEMA IF NOT EXISTS migration;
            CREATE TABLE IF NOT EXISTS migration.applied_script (
                script_name text NOT NULL,
                hash text NOT NULL, -- SHA-256 of its text
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                applied_by text NOT NULL DEFAULT session_user,
                CONSTRAINT applied_script_pkey PRIMARY KEY (script_name)
            )
            """;
        command.ExecuteNonQuery();
    }

    public void StoreExecutedScript(SqlScript script, Func<IDbCommand> dbCommandFactory)
    {
        using var command = dbCommandFactory();
        command.CommandText =
            """
            INSERT INTO migration.applied_script (script_name, hash)
            VALUES (@name, @hash)
            ON CONFLICT (script_name) DO UPDATE
            SET hash = excluded.hash,
                applied_at = excluded.applied_at,
                applied_by = excluded.applied_by
            """;
        Add("name", script.Name);
        Add("hash", scripts[script.Name].Hash);
        command.ExecuteNonQuery();

        void Add(string name, string value)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }
    }
}
