using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Who admins are, by what the ledger calls them: <c>admin 3</c>.</summary>
public sealed class AdminNames
{
    private readonly Dictionary<string, string> _emails = [];

    private AdminNames()
    {
    }

    /// <summary>Numbers and e-mails, lowest number first.</summary>
    public IReadOnlyList<(long Id, string Email)> All { get; private init; } = [];

    public static async Task<AdminNames> ReadAsync(StoreDataSources dataSources)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        var names = new AdminNames
        {
            All = (await connection.QueryAsync<(long, string)>("SELECT a.user_id, a.email FROM account.admin a ORDER BY a.user_id")).AsList(),
        };
        foreach (var (id, email) in names.All)
            names._emails[$"admin {id}"] = email;
        return names;
    }

    /// <summary>admin 3 · anna@example.com; the actor alone where it is no admin of today's.</summary>
    public string Of(string actor) => _emails.TryGetValue(actor, out var email) ? $"{actor} · {email}" : actor;
}
