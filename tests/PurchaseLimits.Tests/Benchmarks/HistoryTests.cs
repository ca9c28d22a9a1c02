using Npgsql;
using PurchaseLimits.Benchmarks.History;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Proof;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Benchmarks;

/// <summary>That nothing is wrong with a history is, as after every test, for the integrity views to say.</summary>
public sealed class HistoryTests(PostgresServer server) : StoreTest(server)
{
    private static readonly HistoryOptions Small = new() { Purchases = 3000, Customers = 60, Days = 90, LastDay = 45, Seed = ProofTier.DrawSeed("HISTORY_SEED") };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        ProofTier.PrintSeed("HISTORY_SEED", Small.Seed);
        // Indexes that no migration knows of: what is there is made again, whatever it is.
        await ExecuteAsync(
            """
            CREATE INDEX some_brin_idx ON store.customer_event USING brin (occurred_at) WITH (pages_per_range = 16);
            CREATE UNIQUE INDEX some_partial_idx ON store.purchase (purchase_number DESC) INCLUDE (total) WITH (fillfactor = 80) WHERE status = 'refused'
            """);
    }

    private async Task<IReadOnlyDictionary<string, string>> DescribeAsync()
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Server.ConnectionString(Database)) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancelled);
        return await SchemaDrift.DescribeAsync(connection);
    }

    [Theory]
    [InlineData("UTC", true)]
    [InlineData("Pacific/Auckland", false)]
    public async Task A_history_holds_what_was_asked_for_and_the_schema_is_as_it_was(string zone, bool restores)
    {
        await ExecuteAsync("UPDATE store.store_setting SET time_zone = @zone, refund_restores_allowance = @restores", new { zone, restores });
        var before = await DescribeAsync();

        var summary = await FillAsync(Small);

        Assert.Equal(before, await DescribeAsync());
        Assert.Equal((3000L, 60L, 45L), (await QueryAsync<(long, long, long)>(
            """
            SELECT count(*) FILTER (WHERE e.kind = 'purchase_confirmed'), count(*) FILTER (WHERE e.kind = 'customer_registered'),
                   count(*) FILTER (WHERE e.kind = 'purchase_confirmed' AND e.occurred_at >= @LastDayBeganAt)
            FROM store.customer_event e
            """, summary)).Single());
        Assert.Equal((true, 90L, 0L), (await QueryAsync<(bool, long, long)>(
            """
            SELECT bool_or(e.occurred_at >= @LastDayBeganAt AND @LastDayBeganAt = store.first_moment((e.occurred_at AT TIME ZONE s.time_zone)::date::timestamp, s.time_zone)),
                   count(DISTINCT (e.occurred_at AT TIME ZONE s.time_zone)::date),
                   count(*) FILTER (WHERE e.occurred_at > clock_timestamp())
            FROM store.customer_event e, store.store_setting s
            """, summary)).Single());

        var (refused, refunded, partly, changes, customers) = (await QueryAsync<(long, long, long, long, long)>(
            """
            SELECT count(*) FILTER (WHERE kind = 'purchase_refused'), count(*) FILTER (WHERE kind = 'purchase_refunded'),
                   count(*) FILTER (WHERE kind = 'purchase_partly_refunded'), count(DISTINCT actor) FILTER (WHERE kind = 'limit_changed'),
                   count(DISTINCT customer_id) FILTER (WHERE kind = 'purchase_confirmed')
            FROM store.customer_event
            """)).Single();
        Assert.InRange(refused, 90, 121);
        Assert.InRange(refunded + partly, 25, 90);
        Assert.InRange(Math.Min(refunded, partly), 5, 70);
        Assert.InRange(changes, 3, 5);
        Assert.InRange(customers, 45, 60);
        Assert.Equal((summary.Refused, summary.Refunded), (refused, refunded + partly));

        // Page by page, for PostgreSQL puts a short row back into the page before; BRIN looks at many pages.
        foreach (var (table, order) in (IEnumerable<(string, string)>)[("customer_event", "occurred_at"), ("purchase", "purchase_number"), ("customer", "customer_id")])
        {
            Assert.True(await ScalarAsync<bool>(
                $"""
                SELECT bool_and(p.first > p.before OR p.before IS NULL)
                FROM (
                    SELECT min({order}) AS first, lag(min({order})) OVER (ORDER BY (r.ctid::text::point)[0]) AS before
                    FROM store.{table} r
                    GROUP BY (r.ctid::text::point)[0]
                ) p
                """), table);
        }
    }

    [Fact]
    public async Task The_store_goes_on_from_there()
    {
        await FillAsync(Small);
        var store = NewStore();
        var (customerId, left, number) = (await QueryAsync<(long, decimal, long)>(
            """
            SELECT a.customer_id, a.limit_amount - a.amount, (SELECT max(purchase_number) FROM store.purchase)
            FROM store.customer_purchased_amount a
            ORDER BY a.limit_amount - a.amount DESC
            LIMIT 1
            """)).Single();
        var productId = await ScalarAsync<long>("SELECT product_id FROM store.current_price ORDER BY price LIMIT 1");
        var request = await RequestAsync(customerId, productId);

        var reply = await store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal((PurchaseOutcome.Confirmed, left - request.ShownTotal), (reply.Outcome, reply.LeftAmount));
        Assert.Equal(number + 1, await ScalarAsync<long>("SELECT purchase_number FROM store.purchase WHERE purchase_id = @PurchaseId", request));
        await ExecuteAsync("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT store.register_customer(nextval('store.customer_id_sequence'), 'Next', 'test'); COMMIT");
        Assert.Equal(61, await ScalarAsync<long>("SELECT max(customer_id) FROM store.customer"));
        await ExecuteAsync(
            """
            INSERT INTO store.category (slug, name, position) VALUES ('next', 'Next', 9);
            INSERT INTO store.product (category_id, name, description, tile) VALUES (9, 'Next', '', 'mug')
            """);

        // The checkout of any purchase in the history, sent again, gets that purchase's receipt.
        var known = (await QueryAsync<(long, Guid, DateTime, decimal, string)>(
            """
            SELECT p.customer_id, p.purchase_id, p.priced_at, p.shown_total, string_agg(l.product_id || ' ' || l.quantity, ',' ORDER BY l.product_id)
            FROM store.purchase p
            JOIN store.purchase_line l USING (customer_id, purchase_id)
            WHERE p.customer_id = @customerId
            GROUP BY p.customer_id, p.purchase_id
            """, new { customerId })).Where(purchase => purchase.Item2 != request.PurchaseId);
        foreach (var (_, purchaseId, pricedAt, total, lines) in known)
        {
            var again = await store.PlacePurchaseAsync(
                new PurchaseRequest(customerId, purchaseId, pricedAt, total,
                    [.. lines.Split(',').Select(line => line.Split(' ')).Select(line => new PurchaseRequestLine(long.Parse(line[0]), int.Parse(line[1])))]),
                Cancelled);
            Assert.Equal((PurchaseOutcome.AlreadyRecorded, total), (again.Outcome, again.Total));
        }
    }

    [Fact]
    public async Task What_breaks_a_rule_is_found_when_the_rules_come_back_and_nothing_of_it_stays()
    {
        await ExecuteAsync("CREATE UNIQUE INDEX never_two_totals_alike ON store.purchase (total)");
        var before = await DescribeAsync();

        var error = await Assert.ThrowsAsync<PostgresException>(() => FillAsync(Small));

        Assert.Equal((PostgresErrorCodes.UniqueViolation, "never_two_totals_alike"), (error.SqlState, error.ConstraintName));
        Assert.Equal(before, await DescribeAsync());
        Assert.Equal(0, await ScalarAsync<long>("SELECT (SELECT count(*) FROM store.customer_event) + (SELECT count(*) FROM store.product)"));
    }

    [Fact]
    public async Task A_store_that_has_customers_or_products_or_no_schema_is_refused_in_a_sentence()
    {
        var empty = await Server.CreateEmptyAsync();
        var schema = await Assert.ThrowsAsync<HistoryRefusedException>(() => new HistoryWriter(Server.ConnectionString(empty), _ => { }).FillAsync(Small));
        Assert.StartsWith("The database is not migrated to this version: ", schema.Message, StringComparison.Ordinal);
        await Server.DropAsync(empty);

        await AddCustomersAsync(1, 1);
        var customers = await Assert.ThrowsAsync<HistoryRefusedException>(() => FillAsync(Small));
        Assert.Equal("A history is for an empty database; in this one store.customer has rows. Nothing was changed.", customers.Message);

        await ResetAsync();
        await AddProductsAsync(1.00m);
        var products = await Assert.ThrowsAsync<HistoryRefusedException>(() => FillAsync(Small));
        Assert.Contains("store.product has rows", products.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_history_can_be_like_that()
    {
        foreach (var (purchases, customers, days, lastDay) in (IEnumerable<(long, int, int, long)>)
            [(0, 1, 1, 0), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 2, 2), (2, 1, 1, 1), (2, 1, 2, -1)])
        {
            await Assert.ThrowsAsync<HistoryRefusedException>(
                () => FillAsync(new HistoryOptions { Purchases = purchases, Customers = customers, Days = days, LastDay = lastDay, Seed = 1 }));
        }
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(200, 1, 3, 0)] // one customer, who must be raised to buy on
    [InlineData(7, 500, 40, 7)] // fewer purchases than days, all of them today
    public async Task Odd_sizes_are_exact_too(long purchases, int customers, int days, long lastDay)
    {
        var summary = await FillAsync(new HistoryOptions { Purchases = purchases, Customers = customers, Days = days, LastDay = lastDay, Seed = Small.Seed });

        Assert.Equal(purchases, summary.Confirmed);
        Assert.Equal((purchases, customers, lastDay), (await QueryAsync<(long, int, long)>(
            """
            SELECT count(*) FILTER (WHERE status <> 'refused'), (SELECT count(*)::int FROM store.customer),
                   count(*) FILTER (WHERE counted_at >= @LastDayBeganAt)
            FROM store.purchase
            """, summary)).Single());
    }

    private Task<HistorySummary> FillAsync(HistoryOptions options) =>
        new HistoryWriter(Server.ConnectionString(Database), TestContext.Current.TestOutputHelper!.WriteLine).FillAsync(options);
}
