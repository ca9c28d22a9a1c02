using Dapper;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>Makes the database that a connection string names.</summary>
internal static class NewDatabase
{
    /// <summary>Does nothing where it is there. Any number may ask at once.</summary>
    public static async Task EnsureAsync(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database!;
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        if (await connection.ExecuteScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_database WHERE datname = @name)", new { name }))
            return;
        try
        {
            await connection.ExecuteAsync(await connection.QuerySingleAsync<string>("SELECT format('CREATE DATABASE %I', @name)", new { name }));
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another process was faster.
        }
    }
}
