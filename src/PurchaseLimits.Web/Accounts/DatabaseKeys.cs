using System.Xml.Linq;
using Dapper;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace PurchaseLimits.Web.Accounts;

/// <summary>
/// The keys that protect cookies and antiforgery tokens, in the database, so that every web process reads the same ones
/// and none is lost with a machine. Read as store_admin: a stolen web password must not be able to forge a sign-in.
/// </summary>
public sealed class DatabaseKeys(StoreDataSources dataSources) : IXmlRepository
{
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
