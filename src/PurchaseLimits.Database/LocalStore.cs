namespace PurchaseLimits.Database;

/// <summary>
/// A store on a private server: what <c>dotnet run</c> opens where no connection string is set. Never for Production.
/// </summary>
public sealed class LocalStore : IAsyncDisposable
{
    public const string DatabaseName = "purchase_limits";

    private readonly LocalPostgres _server;

    private LocalStore(LocalPostgres server) => _server = server;

    /// <summary>As role store_web.</summary>
    public string StoreConnection => _server.ConnectionString(DatabaseName, "store_web");

    /// <summary>As role store_admin.</summary>
    public string AdminConnection => _server.ConnectionString(DatabaseName, "store_admin");

    /// <summary>As role store_worker.</summary>
    public string WorkerConnection => _server.ConnectionString(DatabaseName, "store_worker");

    /// <summary>As the superuser, who migrates.</summary>
    public string MigratorConnection => _server.ConnectionString(DatabaseName);

    /// <summary>Starts the server, or attaches to it, with an empty database at the least.</summary>
    /// <param name="fresh">Start over: what an earlier run left is deleted.</param>
    /// <param name="say">Takes progress, a sentence each.</param>
    /// <exception cref="LocalPostgresException">No PostgreSQL is to be had; the message names every way out.</exception>
    public static async Task<LocalStore> OpenAsync(bool fresh, Action<string> say)
    {
        var server = await LocalPostgres.StartAsync(new() { Name = ServerName, Fresh = fresh, Say = say });
        try
        {
            await NewDatabase.EnsureAsync(server.ConnectionString(DatabaseName));
            return new LocalStore(server);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Every role's password here: the server is private, and so is the file that holds it.</summary>
    public IReadOnlyDictionary<string, string> RolePasswords => new Dictionary<string, string>
    {
        ["store_web"] = _server.Password,
        ["store_admin"] = _server.Password,
        ["store_worker"] = _server.Password,
    };

    /// <summary>Migrates it, and fills it with the demo store when it is new.</summary>
    /// <exception cref="MigrationException">The data are of another version of the scripts.</exception>
    public async Task FillAsync(Action<string> say)
    {
        await new Migrator(MigratorConnection, say).UpAsync(RolePasswords);
        await DemoStore.FillAsync(MigratorConnection, say);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>One server per clone of the repository: another clone may be at another schema.</summary>
    internal static string ServerName
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PurchaseLimits.sln")))
                folder = folder.Parent;
            return LocalPostgres.NameFor("store", folder?.FullName ?? AppContext.BaseDirectory);
        }
    }
}
