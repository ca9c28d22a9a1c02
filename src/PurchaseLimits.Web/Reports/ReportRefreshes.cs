using Dapper;

namespace PurchaseLimits.Web;

/// <summary>Asks for reports to be refreshed. They are no money: a wish that is lost or doubled harms nobody, so nothing is tried again.</summary>
public sealed class ReportRefreshes(StoreDataSources dataSources)
{
    /// <summary>Has every report refreshed as soon as a worker looks, whatever the schedule says.</summary>
    /// <param name="actor">Who wants it, as the ledger names them: admin 3.</param>
    /// <exception cref="Npgsql.NpgsqlException">The database cannot be reached.</exception>
    public async Task RequestAsync(string actor)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        await connection.ExecuteAsync("SELECT report.request_refresh(@actor)", new { actor });
    }
}
