using System.Data;
using Dapper;
using Npgsql;

namespace PurchaseLimits.Web;

/// <summary>
/// Reports as they are at one moment. A refresh may commit between two statements: within one snapshot all numbers and the moment
/// that they are of belong together.
/// </summary>
public sealed class ReportSnapshot : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly Dictionary<string, DateTimeOffset?> _asOf = [];

    private ReportSnapshot(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        _connection = connection;
        _transaction = transaction;
    }

    /// <summary>To be disposed of soon: it keeps a connection.</summary>
    /// <exception cref="NpgsqlException">The server of the reports cannot be reached.</exception>
    public static async Task<ReportSnapshot> OpenAsync(StoreDataSources dataSources, CancellationToken cancelled = default)
    {
        var connection = await dataSources.Reports.OpenConnectionAsync(cancelled);
        try
        {
            var snapshot = new ReportSnapshot(connection, await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancelled));
            foreach (var (name, asOf) in await snapshot.QueryAsync<(string, DateTimeOffset?)>("SELECT r.report_name, r.as_of FROM report.report r"))
                snapshot._asOf[name] = asOf;
            return snapshot;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>One reading and of when it is, with no connection kept behind it: what is sent afterwards may take its time.</summary>
    public static async Task<(T Value, DateTimeOffset? AsOf)> ReadAsync<T>(StoreDataSources dataSources, string reportName, Func<ReportSnapshot, Task<T>> read)
    {
        await using var snapshot = await OpenAsync(dataSources);
        return (await read(snapshot), snapshot.AsOf(reportName));
    }

    /// <summary>All that happened before this is in the report; null: it was never refreshed.</summary>
    public DateTimeOffset? AsOf(string reportName) => _asOf[reportName];

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments = null) =>
        (await _connection.QueryAsync<T>(sql, arguments, _transaction)).AsList();

    public Task<T> SingleAsync<T>(string sql, object? arguments = null) => _connection.QuerySingleAsync<T>(sql, arguments, _transaction);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
