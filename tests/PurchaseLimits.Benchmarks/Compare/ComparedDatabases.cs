using PurchaseLimits.Database;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>Makes databases to compare in. On a private server a history is written once and copied from then on.</summary>
internal sealed class ComparedDatabases(CompareServer server, Action<string> say)
{
    public async Task<ComparedDatabase> OpenAsync(string name, long events, int customers)
    {
        if (!server.IsPrivate)
        {
            await server.CreateAsync(name);
            await Of(name).FillAsync(events, customers, server.Password, say);
            return Of(name);
        }

        var history = $"history_{CompareOptions.CountName(events)}_{customers}";
        if (!await IsCurrentAsync(history))
        {
            say($"Writing a history of {events:N0} purchases, which later runs copy …");
            await server.DropAsync(history);
            await server.CreateAsync(history);
            await Of(history).FillAsync(events, customers, server.Password, say);
            await server.ExecuteAsync($"COMMENT ON DATABASE {history} IS 'complete'");
        }

        await server.CreateAsync(name, history);
        return Of(name);
    }

    /// <summary>Drops what killed runs left on a private server: nobody is connected to it. Before any is opened.</summary>
    public async Task DropLeftOversAsync()
    {
        if (!server.IsPrivate)
            return;
        var names = await server.ScalarAsync<string[]>(
            """
            SELECT ARRAY(
                SELECT d.datname::text
                FROM pg_database d
                WHERE d.datname LIKE 'compare\_%'
                  AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid))
            """);
        foreach (var name in names)
            await server.DropAsync(name);
    }

    // Functions of another version are replaced; what cannot be brought to this one is written anew.
    private async Task<bool> IsCurrentAsync(string history)
    {
        if (await server.ScalarAsync<string?>("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = @history", new { history }) != "complete")
            return false;
        try
        {
            await Of(history).MigrateAsync(server.Password);
            return true;
        }
        catch (MigrationException)
        {
            return false;
        }
    }

    private ComparedDatabase Of(string name) => new(role => server.ConnectionString(name, role));
}
