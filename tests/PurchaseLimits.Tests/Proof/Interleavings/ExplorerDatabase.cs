using System.Globalization;
using Dapper;
using Npgsql;
using PurchaseLimits.Tests.Support;

namespace PurchaseLimits.Tests.Proof.Interleavings;

/// <summary>
/// A database whose functions stop where the explorer wants them to, with a customer for each schedule. Whoever plants a bug
/// does it before the stops are put in.
/// </summary>
internal sealed class ExplorerDatabase : IAsyncDisposable
{
    public const string Superuser = "postgres";

    private const int CustomersTogether = 100;

    // Nothing that differs from one customer to the next, or from one moment to the next: two that did the same are the same.
    private const string NewState =
        """
        DO $do$
        DECLARE
            v_parts text;
        BEGIN
            SELECT string_agg(format(
                       'SELECT %L || (jsonb_strip_nulls(to_jsonb(t)) - %L::text[])::text AS row FROM store.%I t WHERE t.customer_id = state.customer_id',
                       c.table_name || ' ', c.varying, c.table_name), ' UNION ALL ' ORDER BY c.table_name)
            INTO v_parts
            FROM (
                SELECT k.table_name,
                       array_agg(k.column_name::text) FILTER (
                           WHERE k.data_type = 'timestamp with time zone' OR k.column_name IN ('customer_id', 'purchase_number') OR k.is_identity = 'YES') AS varying
                FROM information_schema.columns k
                JOIN information_schema.tables t USING (table_schema, table_name)
                WHERE k.table_schema = 'store'
                  AND t.table_type = 'BASE TABLE'
                GROUP BY k.table_name
                HAVING 'customer_id' = ANY (array_agg(k.column_name::text))
            ) c;
            EXECUTE format(
                'CREATE FUNCTION test.state(customer_id bigint) RETURNS text LANGUAGE plpgsql STABLE AS $f$ #variable_conflict use_column BEGIN RETURN (SELECT coalesce(string_agg(p.row, E''\n''), '''') FROM (%s) p); END $f$',
                v_parts);
        END
        $do$;
        """;

    // The same in all databases: it is part of what is bought, and with it of what is compared.
    private static readonly DateTime s_pricedAt = DateTime.UtcNow.AddSeconds(-1);

    private readonly PostgresServer _server;
    private readonly string _name;
    private readonly NpgsqlDataSource _superuser;

    private ExplorerDatabase(PostgresServer server, string name)
    {
        (_server, _name) = (server, name);
        _superuser = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString(name))
        {
            // Its plans are kept; and money functions forbid sequential scans by their price, which the compiler takes for a huge query.
            NoResetOnClose = true,
            MaxAutoPrepare = 40,
            AutoPrepareMinUsages = 2,
            Options = "-c jit=off",
            CommandTimeout = 300,
        });
    }

    /// <summary>Breakpoints that found no place: a function was changed, on purpose or not.</summary>
    public IReadOnlyList<Breakpoint> MissingBreakpoints { get; private set; } = [];

    /// <param name="server">Where.</param>
    /// <param name="prepare">Changes functions or tables of a migrated database, as the superuser; null: it is what the store is.</param>
    public static async Task<ExplorerDatabase> CreateAsync(PostgresServer server, Func<NpgsqlConnection, Task>? prepare = null)
    {
        var database = new ExplorerDatabase(server, await server.CreateAsync());
        await using var connection = await database.OpenSuperuserAsync();
        if (prepare is not null)
            await prepare(connection);
        await connection.ExecuteAsync("CREATE SCHEMA test; GRANT USAGE ON SCHEMA test TO PUBLIC");
        database.MissingBreakpoints = await Breakpoint.PutIntoAsync(connection);
        await connection.ExecuteAsync(NewState);
        // A day must not end while customers with a limit a day are compared: it is about noon there.
        var offset = 12 - DateTime.UtcNow.Hour;
        var zone = offset == 0 ? "Etc/GMT" : string.Create(CultureInfo.InvariantCulture, $"Etc/GMT{(offset > 0 ? '-' : '+')}{Math.Abs(offset)}");
        await connection.ExecuteAsync(
            $"""
            CREATE FUNCTION test.key(customer_id bigint, name text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $f$ SELECT md5(customer_id || ' ' || name)::uuid $f$;
            CREATE FUNCTION test.priced_at() RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $f$ SELECT '{s_pricedAt:O}'::timestamptz $f$;
            GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO PUBLIC;
            UPDATE store.store_setting SET quote_life = interval '1 day', second_admin_above = 9999999999.99, time_zone = '{zone}';
            INSERT INTO store.category (category_id, slug, name, position) VALUES (1, 'things', 'Things', 1);
            INSERT INTO store.product (product_id, category_id, name, description, tile)
            SELECT n, 1, 'Product ' || n, 'A thing.', 'mug' FROM generate_series(1, 4) n;
            INSERT INTO store.product_price (product_id, valid_from, valid_to, price, actor)
            SELECT n, now() - interval '1 day', 'infinity', (ARRAY[150, 200, 120])[n], 'test' FROM generate_series(1, 3) n;
            ALTER DATABASE {database._name} SET deadlock_timeout = '20ms';
            """);
        return database;
    }

    /// <summary>Changes a function's text, as somebody might who plants a bug.</summary>
    /// <exception cref="ArgumentException">It has no such text: the bug would not be there.</exception>
    public static Task ChangeFunctionAsync(NpgsqlConnection superuser, string function, string text, string into) =>
        ChangeFunctionAsync(superuser, function, [(text, into)]);

    /// <summary>The same at several places.</summary>
    public static async Task ChangeFunctionAsync(NpgsqlConnection superuser, string function, IReadOnlyList<(string Text, string Into)> changes)
    {
        var definition = await superuser.QuerySingleAsync<string>("SELECT pg_get_functiondef(@function::regproc::oid)", new { function });
        foreach (var (text, into) in changes)
        {
            if (!definition.Contains(text, StringComparison.Ordinal))
                throw new ArgumentException($"{function} has no “{text}”.", nameof(changes));
            definition = definition.Replace(text, into, StringComparison.Ordinal);
        }

        await superuser.ExecuteAsync(definition);
    }

    /// <summary>A connection of its own, as one role; of a superuser's the transactions are SERIALIZABLE as well.</summary>
    public async Task<NpgsqlConnection> OpenAsync(string role)
    {
        var settings = new NpgsqlConnectionStringBuilder(_server.ConnectionString(_name, role))
        {
            Pooling = false,
            CommandTimeout = 300,
            MaxAutoPrepare = 40,
            AutoPrepareMinUsages = 2,
            // The conductor decides how long anybody waits.
            Options = "-c lock_timeout=0 -c statement_timeout=60s -c idle_in_transaction_session_timeout=0" + (role == Superuser ? " -c default_transaction_isolation=serializable -c jit=off" : ""),
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    public async Task<NpgsqlConnection> OpenSuperuserAsync() => await _superuser.OpenConnectionAsync();

    /// <summary>Makes customers first … last what a scenario begins with.</summary>
    public async Task AddCustomersAsync(Start start, long first, long last)
    {
        if (start == Start.Unregistered)
            return;
        await using var connection = await OpenSuperuserAsync();
        for (var from = first; from <= last; from += CustomersTogether)
            await connection.ExecuteAsync(Preparation(start), new { first = from, last = Math.Min(last, from + CustomersTogether - 1) });
    }

    public async ValueTask DisposeAsync()
    {
        await _superuser.DisposeAsync();
        await _server.DropAsync(_name);
    }

    private static string Preparation(Start start)
    {
        const string Ids = "FROM generate_series(@first, @last) id;";
        var text =
            $$"""
            BEGIN ISOLATION LEVEL SERIALIZABLE;
            SELECT store.register_customer(id, 'Somebody', 'test') {{Ids}}
            SELECT store.place_purchase(id, test.key(id, 'bought'), test.priced_at(), 200, '{2}', '{1}', '{NULL}') {{Ids}}
            SELECT store.place_purchase(id, test.key(id, 'held'), test.priced_at(), 100, '{4}', '{1}', '{100}') {{Ids}}
            """;
        text += start switch
        {
            Start.DayLimit => $"SELECT store.change_limit(id, test.key(id, 'day'), 'day', NULL, 450, NULL, NULL, 'as asked', 'admin 1') {Ids}",
            Start.Waiting =>
                $$"""
                UPDATE store.store_setting SET deferred_confirmation = true;
                SELECT store.request_purchase(id, test.key(id, 'asked'), test.priced_at(), 120, '{3}', '{1}', '{NULL}') {{Ids}}
                SELECT store.request_purchase(id, test.key(id, 'a'), test.priced_at(), 150, '{1}', '{1}', '{NULL}') {{Ids}}
                UPDATE store.store_setting SET deferred_confirmation = false;
                """,
            Start.Overdue =>
                """
                UPDATE store.purchase SET expires_at = clock_timestamp() WHERE customer_id BETWEEN @first AND @last AND status = 'processing';
                UPDATE store.customer_purchased_amount SET next_due_at = clock_timestamp() WHERE customer_id BETWEEN @first AND @last;
                """,
            _ => "",
        };
        return text + "COMMIT";
    }
}
