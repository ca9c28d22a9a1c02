using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Dapper;
using Npgsql;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Database;

/// <summary>A database with data of an earlier release becomes one of this release.</summary>
public sealed class UpgradeTests(PostgresServer server) : StoreWebTest(server)
{
    private const int Shoppers = 6;
    private const int ProductCount = 5;

    private Release _release = null!;

    protected override bool StartsWeb => false;

    // Each test fills the database itself, by the scripts of its release.
    protected override Task<string> CreateDatabaseAsync() => Server.CreateEmptyAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _release.Dispose();
    }

    [Fact]
    public async Task The_first_schema_that_landed_becomes_this_one_and_keeps_what_everybody_bought()
    {
        _release = await Release.OfAsync(Release.First);
        await new Migrator(Server.ConnectionString(Database)) { Scripts = _release.Scripts }.UpAsync();
        await ExecuteAsync($"BEGIN ISOLATION LEVEL SERIALIZABLE;\n{await File.ReadAllTextAsync(Path.Combine(_release.Root, "db", "seed", "demo_store.sql"), Cancelled)};\nCOMMIT");
        const string Amounts = "SELECT customer_id, amount, limit_amount FROM store.customer_purchased_amount ORDER BY 1";
        var before = await QueryAsync<(long, decimal, decimal)>(Amounts);
        Assert.Contains((10, 480m, 500m), before);
        Assert.Contains((5, 355m, 250m), before);
        var receipts = await QueryAsync<(Guid, string, decimal)>("SELECT purchase_id, status, total FROM store.purchase_receipt ORDER BY 1");

        var said = new List<string>();
        await new Migrator(Server.ConnectionString(Database), said.Add).UpAsync();

        var proof = await new Migrator(Server.ConnectionString(Database)).VerifyAsync(compare: true);
        Assert.True(proof.Holds, $"{proof.Status.Sentence}\n{string.Join('\n', proof.Broken)}\n{string.Join('\n', proof.Differences?.Select(difference => $"{difference.Sentence}: {difference.Expected} | {difference.Found}") ?? [])}");
        Assert.Empty(proof.Status.OrphanSentences);
        Assert.Equal(before, await QueryAsync<(long, decimal, decimal)>(Amounts));
        Assert.Equal(receipts, await QueryAsync<(Guid, string, decimal)>("SELECT purchase_id, status, total FROM store.purchase_receipt ORDER BY 1"));

        // $20.00 are left, and not a cent more.
        var store = NewStore();
        var product = await ScalarAsync<long>("SELECT product_id FROM store.current_price WHERE price BETWEEN 10.01 AND 20 LIMIT 1");
        Assert.Equal(PurchaseOutcome.Confirmed, (await store.PlacePurchaseAsync(await RequestAsync(10, product), Cancelled)).Outcome);
        Assert.Equal(PurchaseOutcome.OverLimit, (await store.PlacePurchaseAsync(await RequestAsync(10, product), Cancelled)).Outcome);
    }

    [Fact]
    public async Task While_the_previous_release_sells_its_database_becomes_this_one_and_no_purchase_fails()
    {
        _release = await Release.OfAsync(Release.Previous);
        var program = await _release.BuildWebAsync();
        await new Migrator(Server.ConnectionString(Database)) { Scripts = _release.Scripts }.UpAsync();
        await AddProductsAsync([.. Enumerable.Range(1, ProductCount).Select(cents => cents / 100m)]);
        await AddSignInsAsync(1, Shoppers + 1);
        await AddPurchasesAsync();
        var old = Own(new WebProcess(ConnectionString, new Dictionary<string, string>(), program));
        await old.StartAsync();

        var bought = new ConcurrentDictionary<Guid, bool>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var shopping = Task.WhenAll(Enumerable.Range(1, Shoppers).Select(customer => Task.Run(() => ShopAsync(old, customer, bought, stop.Token))));
        var watching = Task.Run(() => WatchLocksAsync(stop.Token));
        await MoreAsync();
        var said = new ConcurrentQueue<string>();
        await new Migrator(Server.ConnectionString(Database), said.Enqueue).UpAsync();
        await MoreAsync();
        await new Migrator(Server.ConnectionString(Database), said.Enqueue) { Scripts = NextRelease(), Release = Script.Release + 1 }.UpAsync();
        await MoreAsync();

        // Old and new side by side, while the new one is rolled out; it knows nothing of the next release's scripts.
        var now = Own(new WebProcess(ConnectionString, new Dictionary<string, string>()));
        await now.StartAsync();
        await ShopAsync(now, Shoppers + 1, bought, new CancellationToken(canceled: true));
        await stop.CancelAsync();
        await shopping;
        var longest = await watching;

        Assert.Equal(bought.Keys.Order(), (await QueryAsync<Guid>("SELECT purchase_id FROM store.purchase WHERE total < 50 AND status = 'confirmed' ORDER BY 1")).Order());
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{bought.Count} purchases; longest locks that make purchases wait: {string.Join(", ", longest.OrderByDescending(pair => pair.Value).Take(5).Select(pair => $"{pair.Key} {pair.Value.TotalMilliseconds:0} ms"))}; {string.Join("; ", said.Where(line => line.Contains("try", StringComparison.Ordinal)))}");
        Assert.Contains("table store.category ShareLock", longest.Keys);
        Assert.All(longest.Where(pair => pair.Key.StartsWith("table", StringComparison.Ordinal)), pair => Assert.True(pair.Value < TimeSpan.FromSeconds(1), $"{pair.Key} was locked for {pair.Value}"));

        async Task MoreAsync()
        {
            var enough = bought.Count + 2 * Shoppers;
            await Eventually.TrueAsync(() => shopping.IsCompleted ? throw new InvalidOperationException("Shopping ended.", shopping.Exception) : Task.FromResult(bought.Count >= enough), "purchases go on");
        }
    }

    /// <summary>
    /// This release and what one may do to a live store besides: columns, rules, indexes, and a function that is dropped and made
    /// again, which loses its grant for a moment that nobody may notice.
    /// </summary>
    private static IReadOnlyList<Script> NextRelease() => ScriptOrder.Of(
    [
        .. Script.Schema.Select(script => script.Name != "functions/place_purchase.sql" ? script : script with
        {
            Text = $"DROP FUNCTION store.place_purchase(bigint, uuid, timestamptz, numeric, bigint[], bigint[], numeric[]);\n{script.Text}",
        }),
        new("migrations/9001_add_colours.sql", "ALTER TABLE store.purchase ADD COLUMN colour text NOT NULL DEFAULT 'red';"),
        new("migrations/9002_constrain_colours.sql", "ALTER TABLE store.purchase ADD CONSTRAINT purchase_colour_is_known CHECK (colour IN ('red', 'green')) NOT VALID;"),
        new("migrations/9003_validate_colours.sql", "ALTER TABLE store.purchase VALIDATE CONSTRAINT purchase_colour_is_known;"),
        new("migrations/9004_index_colours.sql", "-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS purchase_colour_idx ON store.purchase (colour, customer_id);"),
        new("migrations/9005_index_events.sql", "-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS customer_event_trial_idx ON store.customer_event (amount_after, customer_id);"),
        // What a table is really locked for is over between two looks; this lock, which stops no reader, is there to be seen.
        new("migrations/9006_lock_categories.sql", "LOCK TABLE store.category IN SHARE MODE; SELECT pg_sleep(0.2);"),
    ]);

    /// <summary>A history: 200 customers with five purchases of $50.00 each.</summary>
    private async Task AddPurchasesAsync()
    {
        await AddCustomersAsync(1001, 1200);
        await ExecuteAsync(
            """
            INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (100, 1, 'Product 100', '', 'mug');
            INSERT INTO store.product_price (product_id, valid_from, valid_to, price, actor) VALUES (100, now() - interval '1 day', 'infinity', 50, 'test')
            """);
        await ExecuteAsync(
            """
            BEGIN ISOLATION LEVEL SERIALIZABLE;
            SELECT p.outcome
            FROM generate_series(1001, 1200) c, generate_series(1, 5) n,
                 LATERAL store.place_purchase(c, gen_random_uuid(), clock_timestamp(), 50, ARRAY[100]::bigint[], ARRAY[1 + 0 * n]::bigint[], ARRAY[NULL]::numeric[]) p;
            COMMIT
            """);
        Assert.Equal(1000, await ScalarAsync<long>("SELECT count(*) FROM store.purchase WHERE status = 'confirmed'"));
    }

    /// <summary>Buys things for a few cents, over HTTP, as people do; every one of them must be sold.</summary>
    private async Task ShopAsync(WebProcess web, long customer, ConcurrentDictionary<Guid, bool> bought, CancellationToken stop)
    {
        using var shopper = new Shopper(web.Address);
        await shopper.SignInAsync($"customer{customer}@example.com");
        do
        {
            await ExecuteAsync(
                """
                INSERT INTO store.cart_line (customer_id, product_id, quantity) VALUES (@customer, @product, 1)
                ON CONFLICT (customer_id, product_id) DO UPDATE SET quantity = 1
                """, new { customer, product = Random.Shared.Next(1, ProductCount + 1) });
            var page = await shopper.GetAsync("/checkout");
            Assert.Equal(HttpStatusCode.OK, page.Status);
            var key = Guid.Parse(page.Document.QuerySelector("main form[action='/checkout'] input[name='purchase_id']")!.GetAttribute("value")!);
            var sent = await shopper.SubmitAsync(page, "main form[action='/checkout']");
            Assert.True(sent.Status == HttpStatusCode.SeeOther, $"{sent.Status}: {sent.Text}");
            bought[key] = true;
        }
        while (!stop.IsCancellationRequested);
    }

    /// <summary>Looks again and again at which locks of migrations make purchases wait, and for how long each is there.</summary>
    private async Task<IReadOnlyDictionary<string, TimeSpan>> WatchLocksAsync(CancellationToken stop)
    {
        var since = new Dictionary<(int Pid, DateTime Since, string What), long>();
        var longest = new Dictionary<string, TimeSpan>();
        await using var connection = new NpgsqlConnection(Server.ConnectionString(Database));
        await connection.OpenAsync(CancellationToken.None);
        while (!stop.IsCancellationRequested)
        {
            var now = Stopwatch.GetTimestamp();
            var locks = await connection.QueryAsync<(int Pid, DateTime Since, string What)>(
                """
                SELECT l.pid, a.xact_start, format('%s %s %s', CASE WHEN c.relkind = 'r' THEN 'table' ELSE 'other' END, l.relation::regclass, l.mode)
                FROM pg_locks l
                JOIN pg_stat_activity a USING (pid)
                JOIN pg_class c ON c.oid = l.relation
                WHERE a.datname = current_database()
                  AND a.application_name LIKE 'purchase-limits%'
                  AND a.xact_start IS NOT NULL
                  AND l.granted
                  AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                  AND c.relnamespace IN ('store'::regnamespace, 'account'::regnamespace)
                """);
            foreach (var held in locks)
            {
                since.TryAdd(held, now);
                var duration = Stopwatch.GetElapsedTime(since[held]);
                if (duration > longest.GetValueOrDefault(held.What))
                    longest[held.What] = duration;
            }

            await Task.Delay(5, CancellationToken.None);
        }

        return longest;
    }
}
