using Dapper;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Benchmarks.History;
using PurchaseLimits.Database;
using PurchaseLimits.Web;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>A database that contenders sell from: this store with a history in it, and room for the tables of the others beside it.</summary>
/// <param name="connectionString">The connection string of a role; null: the superuser's.</param>
public sealed class ComparedDatabase(Func<string?, string> connectionString) : IAsyncDisposable
{
    /// <summary>Connections that a contender may have; as many as the store's own data sources.</summary>
    private const int MaxPoolSize = 100;

    private static readonly Lazy<string> s_passwordHash = new(() => new PasswordHasher<object>(
        Options.Create(new PasswordHasherOptions { IterationCount = EmptyPageStartup.PasswordIterations })).HashPassword(new object(), Browser.Password));

    private readonly Lazy<NpgsqlDataSource> _carts = new(() => NpgsqlDataSource.Create(connectionString(null)));
    private Task<WebUnderTest>? _web;

    public Func<string?, string> ConnectionString => connectionString;

    /// <summary>What this store thinks good for Npgsql, for everybody: statements prepared by themselves, no reset on close.</summary>
    /// <param name="name">How its connections are called.</param>
    public NpgsqlDataSource Source(string name) => new NpgsqlDataSourceBuilder(SourceString(name)) { Name = name }.Build();

    public string SourceString(string name) => new NpgsqlConnectionStringBuilder(connectionString(null))
    {
        ApplicationName = $"compare {name}",
        MaxAutoPrepare = 50,
        AutoPrepareMinUsages = 2,
        NoResetOnClose = true,
        MaxPoolSize = MaxPoolSize,
    }.ConnectionString;

    public StoreDataSources StoreDataSources() =>
        new(connectionString("store_web"), connectionString("store_admin"), connectionString("store_worker"));

    public async Task ExecuteAsync(string sql, object? arguments = null)
    {
        await using var connection = Unpooled();
        await connection.ExecuteAsync(sql, arguments, commandTimeout: 0);
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments = null)
    {
        await using var connection = Unpooled();
        return [.. await connection.QueryAsync<T>(sql, arguments, commandTimeout: 0)];
    }

    /// <summary>
    /// Migrates it and writes a history of customers without an end to what they may buy; some customers more come along, for a
    /// history has a few whose limit was cut.
    /// </summary>
    public async Task FillAsync(long purchases, int customers, string password, Action<string> say)
    {
        await MigrateAsync(password);
        await ExecuteAsync(
            """
            UPDATE store.store_setting SET default_limit = @RoomyLimit;
            UPDATE store.integrity_schedule SET next_due_at = 'infinity' -- or a proof of all rules would run beside what is measured
            """,
            new { FixedPrices.RoomyLimit });
        var days = (int)Math.Clamp(purchases / 100, 1, 1095);
        await new HistoryWriter(connectionString(null), say).FillAsync(new HistoryOptions
        {
            Purchases = purchases,
            Customers = customers + customers / 20 + 1,
            Days = days,
            LastDay = purchases / days,
            Seed = 1,
        });
        await ExecuteAsync("UPDATE store.store_setting SET default_limit = @Limit", new { FixedPrices.Limit });
        await AddProductsAsync();
    }

    /// <summary>What a newer program brings, functions most of all; nothing where all is as it says.</summary>
    public Task MigrateAsync(string password) => new Migrator(connectionString(null)).UpAsync(
        new Dictionary<string, string> { ["store_web"] = password, ["store_admin"] = password, ["store_worker"] = password });

    public Task AddProductsAsync() => ExecuteAsync(
        """
        INSERT INTO store.category (category_id, slug, name, position) VALUES (9001, 'compared', 'Compared', 9001);
        INSERT INTO store.product (product_id, category_id, name, description, tile)
        VALUES (@FirstProduct, 9001, 'First', 'What everybody buys.', 'mug'), (@SecondProduct, 9001, 'Second', 'What everybody buys with it.', 'mug');
        INSERT INTO store.product_price (product_id, valid_from, valid_to, price, actor)
        VALUES (@FirstProduct, now() - interval '1 day', 'infinity', @FirstPrice, 'benchmark'), (@SecondProduct, now() - interval '1 day', 'infinity', @SecondPrice, 'benchmark')
        """,
        new { FixedPrices.FirstProduct, FixedPrices.SecondProduct, FixedPrices.FirstPrice, FixedPrices.SecondPrice });

    /// <summary>Customers with a limit of $500 and <see cref="FixedPrices.Left"/> left of it. Registered and sold to by the store's own functions.</summary>
    public async Task<IReadOnlyList<long>> AddAlmostFullAsync(int count)
    {
        var customers = await QueryAsync<long>(
            """
            BEGIN ISOLATION LEVEL SERIALIZABLE;
            WITH drawn AS MATERIALIZED (
                SELECT nextval('store.customer_id_sequence') AS customer_id FROM generate_series(1, @count)
            )
            SELECT d.customer_id
            FROM drawn d
            CROSS JOIN LATERAL store.register_customer(d.customer_id, 'Almost full', 'benchmark');
            COMMIT
            """, new { count });
        await ExecuteAsync(
            """
            BEGIN ISOLATION LEVEL SERIALIZABLE;
            SELECT store.place_purchase(
                c.customer_id, gen_random_uuid(), clock_timestamp(), 480, ARRAY[9001, 9002], ARRAY[98, 93], ARRAY[NULL, NULL]::numeric[])
            FROM unnest(@customers) AS c (customer_id);
            COMMIT
            """, new { customers = customers.ToArray() });
        return customers;
    }

    /// <summary>Customers who never run out of room, in no order: neighbours are not on the same page.</summary>
    public async Task<IReadOnlyList<long>> RoomyAsync(int count) => await QueryAsync<long>(
        """
        SELECT customer_id
        FROM (
            SELECT customer_id FROM store.customer_purchased_amount WHERE limit_amount = @RoomyLimit ORDER BY customer_id LIMIT @count
        ) r
        ORDER BY hashint8(customer_id)
        """,
        new { FixedPrices.RoomyLimit, count });

    public static string EmailOf(long customerId) => $"customer{customerId}@example.com";

    /// <summary>Lets customers sign in with <see cref="Browser.Password"/>; those who can already may be among them.</summary>
    public Task AddSignInsAsync(long[] customers) => ExecuteAsync(
        """
        INSERT INTO account.user (customer_id, email, normalized_email, password_hash, security_stamp)
        SELECT c.id, format('customer%s@example.com', c.id), upper(format('customer%s@example.com', c.id)), @hash, 'stamp'
        FROM unnest(@customers) AS c (id)
        ON CONFLICT DO NOTHING
        """,
        new { customers, hash = s_passwordHash.Value });

    /// <summary>Puts the two lines into a customer's cart.</summary>
    public async Task FillCartAsync(long customerId)
    {
        await using var command = _carts.Value.CreateCommand(
            "INSERT INTO store.cart_line (customer_id, product_id, quantity) SELECT $1, unnest($2), 1 ON CONFLICT DO NOTHING");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = customerId });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = FixedPrices.Products });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The one web that sells from it, started when somebody first asks.</summary>
    internal Task<WebUnderTest> WebAsync() => _web ??= WebUnderTest.StartAsync(this);

    public async ValueTask DisposeAsync()
    {
        if (_web is { IsCompletedSuccessfully: true })
            await _web.Result.DisposeAsync();
        if (_carts.IsValueCreated)
            await _carts.Value.DisposeAsync();
    }

    private NpgsqlConnection Unpooled() => new(new NpgsqlConnectionStringBuilder(connectionString(null)) { Pooling = false }.ConnectionString);
}
