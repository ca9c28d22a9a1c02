using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Telemetry;
using Respawn;
using Xunit;

namespace PurchaseLimits.Tests.Support;

/// <summary>
/// A test with a migrated database of its own. After each test the integrity rules must find nothing: a test that breaks
/// a row on purpose has to mend it.
/// </summary>
public abstract class StoreTest(PostgresServer server) : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _owned = [];
    private string _database = "";
    private Respawner? _respawner;

    // How rows become records is said there, and Dapper keeps how it read a record first.
    static StoreTest() => RuntimeHelpers.RunClassConstructor(typeof(StoreDataSources).TypeHandle);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected PostgresServer Server => server;

    protected string Database => _database;

    /// <summary>Of this test alone: others count at the same time.</summary>
    protected IMeterFactory Meters { get; private set; } = null!;

    /// <summary>As the superuser: what a test arranges and what it looks at.</summary>
    protected NpgsqlDataSource Superuser { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        _database = await CreateDatabaseAsync();
        // What a test arranges may be a hundred thousand ledgers, and what it looks at reads whole ones: on a busy machine both
        // take their time, and neither is what is tested.
        Superuser = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString("postgres")) { CommandTimeout = 900 });
        Meters = Own(new ServiceCollection().AddMetrics().BuildServiceProvider()).GetRequiredService<IMeterFactory>();
    }

    /// <summary>The name of the database of this test: migrated, for nearly all.</summary>
    protected virtual Task<string> CreateDatabaseAsync() => server.CreateAsync();

    protected virtual Task DropDatabaseAsync() => server.DropAsync(_database);

    public virtual async ValueTask DisposeAsync()
    {
        try
        {
            await using var connection = await Superuser.OpenConnectionAsync();
            var broken = (await connection.QueryAsync<string>(
                "SELECT format('%s customer %s: %s', rule, customer_id, detail) FROM store.integrity_violation")).AsList();
            Assert.True(broken.Count == 0, string.Join(Environment.NewLine, broken.Take(20)));
        }
        finally
        {
            foreach (var owned in _owned)
                await owned.DisposeAsync();
            await Superuser.DisposeAsync();
            await DropDatabaseAsync();
            GC.SuppressFinalize(this);
        }
    }

    protected virtual string ConnectionString(string role) => server.ConnectionString(_database, role);

    protected NpgsqlDataSource As(string role) => Own(NpgsqlDataSource.Create(ConnectionString(role)));

    protected T Own<T>(T disposable)
        where T : IAsyncDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }

    /// <summary>A <see cref="Web.Store"/> as one web process has it, with a gate and pools of its own.</summary>
    /// <param name="maxWaiting">How many calls of one customer may wait.</param>
    /// <param name="storeConnection">Where its customers' connections go; null: straight to the server.</param>
    protected Store NewStore(int maxWaiting = 256, string? storeConnection = null) =>
        NewStore(new StoreDataSources(storeConnection ?? ConnectionString("store_web"), ConnectionString("store_admin"), ConnectionString("store_worker")), maxWaiting);

    /// <summary>The same on another database.</summary>
    protected Store NewStore(StoreDataSources dataSources, int maxWaiting = 256) => new(
        Own(dataSources),
        new CustomerGate(maxWaiting),
        new WorkSignals(),
        new StoreMetrics(Meters),
        NullLogger<Store>.Instance);

    /// <summary>A <see cref="Web.Store"/> all of whose connections go through a wire that listens at a port of this machine.</summary>
    protected Store NewStoreThrough(int port) => NewStore(DataSourcesThrough(port));

    /// <summary>Its connections.</summary>
    protected StoreDataSources DataSourcesThrough(int port)
    {
        string Through(string role) => new NpgsqlConnectionStringBuilder(ConnectionString(role))
        {
            Host = "127.0.0.1",
            Port = port,
            SslMode = SslMode.Disable,
        }.ConnectionString;
        return new StoreDataSources(Through("store_web"), Through("store_admin"), Through("store_worker"));
    }

    /// <summary>Where the server listens.</summary>
    protected (string Host, int Port) ServerAddress => new NpgsqlConnectionStringBuilder(ConnectionString("store_web")) is var settings ? (settings.Host!, settings.Port) : default;

    /// <summary>The connections of one web process, to this test's database.</summary>
    protected StoreDataSources NewDataSources() =>
        Own(new StoreDataSources(ConnectionString("store_web"), ConnectionString("store_admin"), ConnectionString("store_worker")));

    /// <summary>What decides waiting purchases in one web process.</summary>
    protected PurchaseWorker NewWorker(Store store) => new(
        store,
        NewDataSources(),
        new WorkSignals(),
        Options.Create(new WorkerOptions { PollInterval = TimeSpan.FromMilliseconds(50) }),
        NullLogger<PurchaseWorker>.Instance);

    /// <summary>What refreshes reports in one web process.</summary>
    protected ReportRefresher NewRefresher(TimeSpan? every = null, TimeSpan? longestWaitForMark = null) => new(
        NewDataSources(),
        new StoreMetrics(Meters),
        Options.Create(new ReportOptions { RefreshEvery = every ?? TimeSpan.FromHours(1) }),
        NullLogger<ReportRefresher>.Instance)
    {
        LongestWaitForMark = longestWaitForMark ?? TimeSpan.FromSeconds(7),
    };

    /// <summary>Brings every report to the database's clock, as a worker does.</summary>
    protected async Task RefreshReportsAsync(ReportRefresher? refresher = null)
    {
        refresher ??= NewRefresher();
        var (now, before) = (await QueryAsync<(DateTime, long)>("SELECT store.clock(), coalesce(max(refresh_id), 0) FROM report.report_refresh")).Single();
        do
        {
            // Another test of this server may have a transaction open for a while.
            await ExecuteAsync("SELECT report.request_refresh('admin 1')");
            await refresher.RefreshDueAsync(Cancelled);
            Assert.Empty(await QueryAsync<string>(
                "SELECT error FROM report.report_refresh WHERE refresh_id > @before AND error NOT LIKE 'A transaction that%'", new { before }));
        }
        while (!await ScalarAsync<bool>("SELECT bool_and(as_of >= @now) IS TRUE FROM report.report", new { now }));
    }

    protected async Task ExecuteAsync(string sql, object? arguments = null)
    {
        await using var connection = await Superuser.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, arguments);
    }

    protected async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments = null)
    {
        await using var connection = await Superuser.OpenConnectionAsync();
        return [.. await connection.QueryAsync<T>(sql, arguments)];
    }

    protected async Task<T> ScalarAsync<T>(string sql, object? arguments = null)
    {
        await using var connection = await Superuser.OpenConnectionAsync();
        return (await connection.ExecuteScalarAsync<T>(sql, arguments))!;
    }

    /// <summary>Waits until a statement says true: for a condition, not for a time.</summary>
    protected Task UntilAsync(string condition, object? arguments = null, TimeSpan? patience = null) =>
        Eventually.TrueAsync(() => ScalarAsync<bool>(condition, arguments), condition, patience);

    /// <summary>Products 1 … n at the given prices, valid since yesterday.</summary>
    protected Task AddProductsAsync(params decimal[] prices) => ExecuteAsync(
        """
        INSERT INTO store.category (category_id, slug, name, position) VALUES (1, 'things', 'Things', 1) ON CONFLICT DO NOTHING;
        INSERT INTO store.product (product_id, category_id, name, description, tile)
        SELECT n, 1, 'Product ' || n, 'A thing.', 'mug' FROM generate_series(1, cardinality(@prices)) n;
        INSERT INTO store.product_price (product_id, valid_from, valid_to, price, actor)
        SELECT n, now() - interval '1 day', 'infinity', (@prices)[n], 'test' FROM generate_series(1, cardinality(@prices)) n
        """,
        new { prices });

    protected Task AddCustomersAsync(long first, long last) => ExecuteAsync(
        """
        BEGIN ISOLATION LEVEL SERIALIZABLE;
        SELECT store.register_customer(id, 'Customer ' || id, 'test') FROM generate_series(@first, @last) id;
        COMMIT
        """,
        new { first, last });

    /// <summary>A purchase of one product, priced now as the page would show it.</summary>
    protected async Task<PurchaseRequest> RequestAsync(long customerId, long productId = 1, int quantity = 1, Guid? purchaseId = null)
    {
        var (price, pricedAt) = (await QueryAsync<(decimal, DateTimeOffset)>(
            "SELECT price, statement_timestamp() FROM store.current_price WHERE product_id = @productId", new { productId })).Single();
        return new PurchaseRequest(customerId, purchaseId ?? Guid.CreateVersion7(), pricedAt, price * quantity,
            [new PurchaseRequestLine(productId, quantity)]);
    }

    protected Task<decimal> BoughtAsync(long customerId) =>
        ScalarAsync<decimal>("SELECT amount FROM store.customer_purchased_amount WHERE customer_id = @customerId", new { customerId });

    /// <summary>The last event about a customer's limits, as pages show it.</summary>
    protected Task<long> LimitSequenceNumberAsync(long customerId) =>
        ScalarAsync<long>("SELECT limit_sequence_number FROM store.customer_purchased_amount WHERE customer_id = @customerId", new { customerId });

    /// <summary>What a product costs now; null: no price holds.</summary>
    protected Task<decimal?> PriceNowAsync(long productId) =>
        ScalarAsync<decimal?>("SELECT store.price_at(@productId, clock_timestamp())", new { productId });

    /// <summary>
    /// Empties every table but settings, allowed status changes, windows and the migration journal. The append-only guards stop TRUNCATE, as they should;
    /// only a superuser can step past them, and they are back before this returns (facts 23).
    /// </summary>
    protected async Task ResetAsync()
    {
        await using var connection = await Superuser.OpenConnectionAsync();
        _respawner ??= await Respawner.CreateAsync(connection, new RespawnerOptions
        {
            DbAdapter = DbAdapter.Postgres,
            SchemasToInclude = ["store", "account"],
            TablesToIgnore = [new Respawn.Graph.Table("store", "store_setting"), new Respawn.Graph.Table("store", "purchase_status_change"), new Respawn.Graph.Table("store", "limit_window"),
                new Respawn.Graph.Table("store", "integrity_schedule")],
        });
        // A worker that reads meanwhile holds some tables and waits for others, as this does: then this begins again.
        while (!await TryResetAsync())
            Cancelled.ThrowIfCancellationRequested();

        async Task<bool> TryResetAsync()
        {
            try
            {
                await SetGuardsAsync("DISABLE");
                await _respawner.ResetAsync(connection);
                return true;
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DeadlockDetected)
            {
                return false;
            }
            finally
            {
                await SetGuardsAsync("ENABLE ALWAYS");
            }
        }

        async Task SetGuardsAsync(string change)
        {
            var guards = await connection.QueryAsync<(string Table, string Trigger)>(
                "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'store.%'");
            foreach (var (table, trigger) in guards)
                await connection.ExecuteAsync($"ALTER TABLE {table} {change} TRIGGER {trigger}");
        }
    }
}
