using DotNet.Testcontainers.Builders;
using Npgsql;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Proof;
using PurchaseLimits.Tests.Support;
using Testcontainers.PostgreSql;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace PurchaseLimits.Tests.Support;

/// <summary>
/// One real PostgreSQL for the whole run: a container where Docker answers, the private server elsewhere; 15, or what <see cref="ChosenPrograms"/> says. It holds a
/// migrated template, from which every test takes a database of its own.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    /// <summary>The password of every role on it.</summary>
    public string Password => _password;

    private string _password = "";
    private PostgreSqlContainer? _container;
    private LocalPostgres? _local;

    // Two runs at once share the private server, not its databases.
    private readonly string _run = $"run_{Guid.NewGuid():N}"[..16];
    private int _databases;

    public string Template => $"{_run}_template";

    public async ValueTask InitializeAsync()
    {
        // A folder of this machine that somebody chose is in no container.
        var version = ChosenPrograms.Choice is { } choice ? ChosenPrograms.Version(choice) : 15;
        _container = version is null ? null : await ContainerOrNullAsync(version.Value);
        if (_container is not null)
        {
            _password = new NpgsqlConnectionStringBuilder(_container.GetConnectionString()).Password!;
        }
        else
        {
            _local = await LocalPostgres.StartAsync(new()
            {
                // One for each choice of programs: no version reads another's data, and both may run at once.
                Name = LocalPostgres.NameFor("tests", AppContext.BaseDirectory + ChosenPrograms.Choice),
                Settings = new Dictionary<string, string> { ["max_connections"] = "400" },
                Throwaway = true,
            });
            _password = _local.Password;
        }

        await using (var connection = new NpgsqlConnection(ConnectionString("postgres")))
        {
            await connection.OpenAsync();
            ProofRun.RunsOn(connection.PostgreSqlVersion);
        }

        await ExecuteAsync($"CREATE DATABASE {Template}");
        await new Migrator(ConnectionString(Template)).UpAsync(new Dictionary<string, string>
        {
            ["store_web"] = _password,
            ["store_admin"] = _password,
            ["store_worker"] = _password,
        });
        // Every process would prove all rules as soon as it starts. Tests that are about that ask for it, all others read the
        // rules when they are over.
        await ExecuteAsync("UPDATE store.integrity_schedule SET next_due_at = 'infinity'", Template);
    }

    public async ValueTask DisposeAsync()
    {
        await ExecuteAsync($"DROP DATABASE {Template} WITH (FORCE)");
        if (_container is not null)
            await _container.DisposeAsync();
        if (_local is not null)
            await _local.DisposeAsync();
    }

    public string ConnectionString(string database, string user = "postgres") =>
        new NpgsqlConnectionStringBuilder(_local?.ConnectionString() ?? _container!.GetConnectionString())
        {
            Database = database,
            Username = user,
            Password = _password,
            IncludeErrorDetail = true,
        }.ConnectionString;

    /// <summary>An empty database, not migrated.</summary>
    public async Task<string> CreateEmptyAsync()
    {
        var name = $"{_run}_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return name;
    }

    /// <summary>A migrated database.</summary>
    public async Task<string> CreateAsync()
    {
        var name = $"{_run}_{Interlocked.Increment(ref _databases)}";
        // Copied as files: through the WAL each takes four times as long beside others, for all that it writes goes through their buffers.
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {Template} STRATEGY file_copy");
        // Rights on the database itself are not copied with a template; this is the script that gives and takes them.
        await ExecuteAsync(Script.Named("roles/roles.sql").Text, name);
        return name;
    }

    public Task DropAsync(string name) => ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");

    /// <summary>The schema as this server's own pg_dump writes it down.</summary>
    public async Task<string> DumpSchemaAsync(string database)
    {
        if (_local is not null)
            return await SchemaDump.ReadAsync(Path.Combine(_local.BinDirectory, "pg_dump"), ConnectionString(database));
        var result = await _container!.ExecAsync(["pg_dump", "--username=postgres", $"--dbname={database}", .. SchemaDump.Arguments]);
        Assert.Equal(0, result.ExitCode);
        return SchemaDump.Normalize(result.Stdout);
    }

    private static async Task<PostgreSqlContainer?> ContainerOrNullAsync(int version)
    {
        try
        {
            // As with LocalPostgresOptions.Throwaway: nothing waits for a disk, and the store finds what it insists on.
            var container = new PostgreSqlBuilder($"postgres:{version}")
                .WithCommand("-c", "max_connections=400", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=on")
                .Build();
            await container.StartAsync();
            return container;
        }
        catch (DockerUnavailableException)
        {
            return null;
        }
    }

    private async Task ExecuteAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString(database)) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }
}
