using System.Xml.Linq;
using Dapper;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace PurchaseLimits.Web.Accounts;

/// <summary>
/// The keys that protect cookies and antiforgery tokens, in the database, so that every web process reads the same ones
/// and none is lost with a machine. Read as store_admin: a stolen web password must not be able to forge a sign-in.
/// </summary>
public sealed class DatabaseKeys(StoreDataSources dataSources) : IXmlRepository
{
    /// <summary>The key of the advisory lock: nothing else in this database uses it.</summary>
    private const long LockKey = 0x6B657973; // "keys"

    /// <summary>
    /// Reads the keys, and makes the first one where there is none. Processes that start at once do so one after the other: two
    /// that found none at the same moment would each make one, and not know the other's for up to a day.
    /// </summary>
    /// <exception cref="Npgsql.NpgsqlException">The database cannot be asked, or another process keeps it for a minute.</exception>
    public static async Task PrepareAsync(IServiceProvider services)
    {
        await using var connection = await services.GetRequiredService<StoreDataSources>().AdminPages.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // The role's own limits are for pages, which nobody keeps waiting; here another process is just starting.
        await connection.ExecuteAsync(
            """
            SET LOCAL lock_timeout = '60s';
            SET LOCAL statement_timeout = '60s';
            SET LOCAL idle_in_transaction_session_timeout = '60s'
            """);
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@LockKey)", new { LockKey }, commandTimeout: 61);
        services.GetRequiredService<IDataProtectionProvider>().CreateProtector("start").Protect([1]);
    }

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = dataSources.AdminPages.OpenConnection();
        return [.. connection.Query<string>("SELECT xml FROM account.data_protection_key").Select(XElement.Parse)];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var connection = dataSources.AdminPages.OpenConnection();
        connection.Execute(
            """
            INSERT INTO account.data_protection_key (friendly_name, xml)
            VALUES (@friendlyName, @xml)
            ON CONFLICT (friendly_name) DO NOTHING
            """,
            new { friendlyName, xml = element.ToString(SaveOptions.DisableFormatting) });
    }
}
