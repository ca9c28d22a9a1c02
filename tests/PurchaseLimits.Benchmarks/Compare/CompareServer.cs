using Dapper;
using Npgsql;
using PurchaseLimits.Database;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>The server that is measured on: a private one whose data are on a disk, or one that somebody names.</summary>
public sealed class CompareServer : IAsyncDisposable
{
    // The same for every contender, each of which keeps its connections: as the server of a store is set (db/README.md). A checkpoint seldom
    // comes into a turn, and autovacuum is as it always is.
    private static readonly Dictionary<string, string> s_settings = new()
    {
        ["shared_buffers"] = $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 / (1 << 20)}MB",
        ["max_connections"] = "1000",
        ["max_wal_size"] = "8GB",
        ["checkpoint_timeout"] = "30min",
    };

    private static readonly string[] s_shown =
    [
        "server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_compression", "shared_buffers", "max_wal_size", "checkpoint_timeout",
        "autovacuum", "max_connections",
    ];

    private readonly LocalPostgres? _private;
    private readonly string _connectionString;
    private readonly NpgsqlDataSource _superuser;

    private CompareServer(LocalPostgres? server, string connectionString)
    {
        (_private, _connectionString) = (server, connectionString);
        _superuser = NpgsqlDataSource.Create(connectionString);
    }

    /// <summary>Its data stay: a history is built once.</summary>
    public bool IsPrivate => _private is not null;

    /// <summary>In the order in which they are shown.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; private set; } = new Dictionary<string, string>();

    /// <summary>False: what is measured says nothing, for nothing was waited for.</summary>
    public bool IsDurable => Settings["fsync"] == "on" && Settings["synchronous_commit"] != "off";

    /// <summary>Its processes, where they are this machine's.</summary>
    public ServerProcesses? Processes { get; private set; }

    /// <param name="connectionString">A superuser's; null: a private server.</param>
    /// <param name="say">Takes progress.</param>
    public static async Task<CompareServer> StartAsync(string? connectionString, Action<string> say)
    {
        var local = connectionString is not null ? null : await LocalPostgres.StartAsync(new()
        {
            Name = LocalPostgres.NameFor("compare", AppContext.BaseDirectory),
            Settings = s_settings,
            Say = say,
        });
        var server = new CompareServer(local, connectionString ?? local!.ConnectionString());
        await using var connection = await server._superuser.OpenConnectionAsync();
        if (server.IsPrivate)
            await CompressWalAsync(connection);
        var settings = new Dictionary<string, string>();
        foreach (var name in s_shown)
            settings[name] = (await connection.ExecuteScalarAsync<string>($"SHOW {name}"))!;
        server.Settings = settings;
        server.Processes = ServerProcesses.OfOrNull(connection.ProcessID);
        return server;
    }

    /// <summary>By what it was built with: a setting that it does not know would stop it from starting.</summary>
    private static async Task CompressWalAsync(NpgsqlConnection connection)
    {
        var methods = await connection.ExecuteScalarAsync<string[]>("SELECT enumvals FROM pg_settings WHERE name = 'wal_compression'");
        var method = methods!.Contains("lz4") ? "lz4" : "pglz";
        await connection.ExecuteAsync($"ALTER SYSTEM SET wal_compression = {method}");
        await connection.ExecuteAsync("SELECT pg_reload_conf()");
        while (await connection.ExecuteScalarAsync<string>("SHOW wal_compression") != method)
            await Task.Delay(TimeSpan.FromMilliseconds(10));
    }

    /// <summary>As the superuser, or as a role: the store's roles get the superuser's password here.</summary>
    public string ConnectionString(string database, string? role = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(_connectionString) { Database = database, IncludeErrorDetail = true };
        settings.Username = role ?? settings.Username;
        return settings.ConnectionString;
    }

    public string Password => new NpgsqlConnectionStringBuilder(_connectionString).Password ?? "";

    public Task CreateAsync(string database, string template = "template1") =>
        ExecuteAsync($"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy");

    public Task DropAsync(string database) => ExecuteAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await _superuser.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, commandTimeout: 0);
    }

    public async Task<T> ScalarAsync<T>(string sql, object? arguments = null)
    {
        await using var connection = await _superuser.OpenConnectionAsync();
        return (await connection.ExecuteScalarAsync<T>(sql, arguments))!;
    }

    /// <summary>Bytes of WAL that were ever written.</summary>
    public Task<long> WalAsync() => ScalarAsync<long>("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint");

    public async ValueTask DisposeAsync()
    {
        await _superuser.DisposeAsync();
        if (_private is not null)
            await _private.DisposeAsync();
    }
}
