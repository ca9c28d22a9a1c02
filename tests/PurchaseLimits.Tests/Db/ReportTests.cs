using System.Globalization;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>Reports hold what the ledger says of one moment, whoever refreshes them and whatever happens meanwhile.</summary>
public sealed class ReportTests(PostgresServer server) : StoreTest(server)
{
    private const int Seed = 20261124;
    private const int Days = 14;
    private const int CommandsADay = 25;

    private static readonly long[] s_one = [1];

    private static readonly string[] s_seals =
    [
        "day", "sealed_sales_by_day", "sealed_sales_by_product", "sealed_customer_spend", "sealed_refusals_by_limit",
        "sealed_refusals_by_product", "sealed_limit_changes", "sealed_refunds", "sealed_waiting_times",
    ];

    [Fact]
    public async Task What_a_report_says_is_what_was_bought_refused_and_given_back()
    {
        await AddProductsAsync(20.00m, 100.00m, 480.00m);
        await AddCustomersAsync(10, 12);
        var store = NewStore();
        await BuyAsync(store, 10, 3);
        var refused = await BuyAsync(store, 10, 2);
        var bought = await BuyAsync(store, 11, 2);
        await store.RefundPurchaseAsync(new(11, bought, Guid.CreateVersion7(), 30.50m, [], "came back", "admin 1"));
        await store.ChangeLimitAsync(new(11, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 50m, null, null, "why", "admin 2"));
        await store.ChangeLimitAsync(new(12, Guid.CreateVersion7(), LimitWindow.Week, null, 25m, null, null, "why", "admin 2"));
        await BuyAsync(store, 12, 1);
        await BuyAsync(store, 12, 1);
        await RefreshReportsAsync();

        Assert.Equal(["3 purchases of 3 customers, 600.00, 30.50 refunded"], await QueryAsync<string>(
            "SELECT format('%s purchases of %s customers, %s, %s refunded', purchases, customers, sold, refunded) FROM report.sales_by_day"));
        Assert.Equal(["1: 1 20.00", "2: 1 100.00", "3: 1 480.00"], await QueryAsync<string>(
            "SELECT format('%s: %s %s', product_id, units, sold) FROM report.sales_by_product ORDER BY product_id"));
        Assert.Equal(["1: 3 600.00"], await QueryAsync<string>(
            "SELECT format('%s: %s %s', category_id, units, sold) FROM report.sales_by_category"));
        Assert.Equal(["10 near 480.00 of 500, 96.00 %, 1 refused 100.00", "11 over 69.50 of 50, 139.00 %, 0 refused 0", "12 below 20.00 of 500, 4.00 %, 1 refused 20.00"],
            await QueryAsync<string>(
                "SELECT format('%s %s %s of %s, %s %%, %s refused %s', customer_id, standing, bought, round(limit_amount), used_percent, refusals, refused) FROM report.customer_spend ORDER BY customer_id"));
        Assert.Equal(["12 week 20.00 of 25, 80.00 %"], await QueryAsync<string>(
            "SELECT format('%s %s %s of %s, %s %%', customer_id, window_name, bought, round(limit_amount), used_percent) FROM report.limit_use"));
        Assert.Equal(["lifetime 1 100.00", "week 1 20.00"], await QueryAsync<string>(
            "SELECT format('%s %s %s', window_name, refusals, refused) FROM report.refusals_by_limit ORDER BY window_name"));
        Assert.Equal(["1 1 20.00", "2 1 100.00"], await QueryAsync<string>(
            "SELECT format('%s %s %s', product_id, units, refused) FROM report.refusals_by_product ORDER BY product_id"));
        Assert.Equal(["admin 2: 0 up 0, 2 down 450.00"], await QueryAsync<string>(
            "SELECT format('%s: %s up %s, %s down %s', actor, raises, raised, cuts, lowered) FROM report.limit_changes"));
        Assert.Equal(["admin 1: 1 of 30.50, 0 whole"], await QueryAsync<string>(
            "SELECT format('%s: %s of %s, %s whole', actor, refunds, refunded, whole) FROM report.refunds"));

        // Bought after all, with an approval: no money was lost, and it waited for an admin.
        await store.AskApprovalAsync(10, refused, "please");
        await store.ApprovePurchaseAsync(new(10, refused, 1000m, Guid.CreateVersion7(), "yes", "admin 1"));
        await RefreshReportsAsync();

        Assert.Equal(["lifetime 1 100.00, recovered 1 100.00", "week 1 20.00, recovered 0 0"], await QueryAsync<string>(
            "SELECT format('%s %s %s, recovered %s %s', window_name, refusals, refused, recoveries, recovered) FROM report.refusals_by_limit ORDER BY window_name"));
        Assert.Equal(["approval confirmed 1, 1 within a minute"], await QueryAsync<string>(
            "SELECT format('%s %s %s, %s within a minute', waited_for, ended_as, purchases, within_minute) FROM report.waiting_times"));
        Assert.Equal(1, await ScalarAsync<long>("SELECT sum(for_one_purchase) FROM report.limit_changes"));
    }

    [Fact]
    public async Task Sealed_days_are_what_adding_up_all_of_history_again_gives()
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        await AddProductsAsync(20.00m, 35.00m, 60.00m, 110.00m);
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (5, 1, 'On request', '', 'mug')");
        await ExecuteAsync("UPDATE store.store_setting SET time_zone = 'America/New_York', hold_life = '20 hours', approval_life = '30 hours', second_admin_above = 9999999999.99");
        await AddCustomersAsync(1, 8);
        var store = NewStore();
        var refresher = NewRefresher();
        var purchases = new List<(long CustomerId, Guid PurchaseId)>();
        // The clocks are set back on the fourth day, which is 25 hours long.
        var now = new DateTime(2030, 10, 31, 12, 0, 0, DateTimeKind.Utc);
        var outcomes = new Dictionary<string, int>();
        for (var i = 0; i < Days * CommandsADay; i++)
        {
            now += TimeSpan.FromMinutes(random.Next(1, 2 * 24 * 60 / CommandsADay));
            await SetClockAsync(now);
            var outcome = await CommandAsync();
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            if (i == Days * CommandsADay / 2)
                await ExecuteAsync("UPDATE store.store_setting SET time_zone = 'Asia/Tokyo'");
            if (random.Next(20) != 0)
                continue;
            now += TimeSpan.FromSeconds(1);
            await SetClockAsync(now);
            await RefreshReportsAsync(refresher);
            Assert.Empty(await QueryAsync<string>("SELECT detail FROM store.integrity_i10_report_is_fold_at_its_as_of"));
        }

        now += TimeSpan.FromDays(1);
        await SetClockAsync(now);
        await RefreshReportsAsync(refresher);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join(", ", outcomes.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}")));
        foreach (var needed in new[] { "buy Confirmed", "buy OverLimit", "buy Processing", "approve Approved", "refund Refunded", "limit Changed", "limit Scheduled" })
            Assert.True(outcomes.GetValueOrDefault(needed) > 0, $"never: {needed}");
        Assert.True(await ScalarAsync<long>("SELECT count(*) FROM report.day WHERE sealed_at IS NOT NULL") >= Days - 1);
        // Without a gap, also where the clocks were set back and where the zone was changed.
        Assert.Empty(await QueryAsync<string>(
            "SELECT day::text FROM (SELECT *, lead(starts_at) OVER (ORDER BY starts_at) AS next, lead(day) OVER (ORDER BY starts_at) AS next_day FROM report.day) d WHERE ends_at <> next OR next_day <= day"));

        // Late events changed days that were sealed, or the comparison says little.
        Assert.True(await ScalarAsync<decimal>("SELECT sum(recovered) FROM report.sealed_refusals_by_limit") > 0);
        Assert.True(await ScalarAsync<decimal>("SELECT sum(refunded) FROM report.sealed_sales_by_day") > 0);
        var bitByBit = await SealsAsync();
        await ExecuteAsync("SELECT report.forget_sealed_days()");
        await ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT report.seal_days(10000); COMMIT");
        // Days are counted anew then, in today's zone; so compare what does not depend on where one ends.
        Assert.Equal(bitByBit["sealed_customer_spend"], (await SealsAsync())["sealed_customer_spend"]);
        now += TimeSpan.FromSeconds(1);
        await SetClockAsync(now);
        await RefreshReportsAsync(refresher);

        async Task<string> CommandAsync()
        {
            var customer = random.Next(1, 9);
            switch (random.Next(20))
            {
                case < 11:
                    var request = new PurchaseRequest(customer, Guid.CreateVersion7(), now, 0, []);
                    var product = random.Next(1, 5);
                    var quantity = random.Next(1, 4);
                    decimal[] prices = [20m, 35m, 60m, 110m];
                    request = request with { ShownTotal = prices[product - 1] * quantity, Lines = [new(product, quantity)] };
                    if (random.Next(4) == 0)
                        request = request with { ShownTotal = request.ShownTotal + 40m, Lines = [.. request.Lines, new(5, 1, 40m)] };
                    purchases.Add((customer, request.PurchaseId));
                    return $"buy {(await store.PlacePurchaseAsync(request)).Outcome}";
                case < 13 when purchases.Count > 0:
                    var (who, which) = purchases[random.Next(purchases.Count)];
                    await store.AskApprovalAsync(who, which, "please");
                    return "asked";
                case < 15 when purchases.Count > 0:
                    var waiting = await QueryAsync<(long, Guid)>("SELECT customer_id, purchase_id FROM store.purchase WHERE status = 'awaiting_approval' ORDER BY purchase_id");
                    if (waiting.Count == 0)
                        return "nothing waits";
                    var (asker, asked) = waiting[random.Next(waiting.Count)];
                    return $"approve {(await store.ApprovePurchaseAsync(new(asker, asked, 1000m, Guid.CreateVersion7(), "", "admin 1"))).Outcome}";
                case < 18 when purchases.Count > 0:
                    var (buyer, bought) = purchases[random.Next(purchases.Count)];
                    var lines = await QueryAsync<long>("SELECT product_id FROM store.purchase_line WHERE purchase_id = @bought", new { bought });
                    var byLine = random.Next(2) == 0 && lines.Count > 0;
                    return $"refund {(await store.RefundPurchaseAsync(new(buyer, bought, Guid.CreateVersion7(), byLine ? null : 12.34m,
                        byLine ? [new(lines[0], 1)] : [], "came back", $"admin {random.Next(1, 3)}"))).Outcome}";
                default:
                    return $"limit {(await store.ChangeLimitAsync(new(customer, Guid.CreateVersion7(), random.Next(2) == 0 ? LimitWindow.Lifetime : LimitWindow.Day, null,
                        50m * random.Next(4, 20), random.Next(4) == 0 ? now.AddDays(1) : null, random.Next(3) == 0 ? now.AddDays(2) : null, "why", "admin 1"))).Outcome}";
            }
        }
    }

    [Fact]
    public async Task A_seal_taken_away_and_made_again_is_the_same()
    {
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(1, 2);
        var store = NewStore();
        var refresher = NewRefresher();
        var now = new DateTime(2030, 3, 1, 12, 0, 0, DateTimeKind.Utc);
        Guid first = default;
        for (var day = 0; day < 5; day++)
        {
            await SetClockAsync(now.AddDays(day));
            var bought = await BuyAsync(store, 1, 1);
            first = day == 0 ? bought : first;
            await BuyAsync(store, 2, 1, quantity: 99);
            if (day == 3)
                await store.RefundPurchaseAsync(new(1, first, Guid.CreateVersion7(), null, [new(1, 1)], "came back", "admin 1"));
            await SetClockAsync(now.AddDays(day).AddHours(1));
            await RefreshReportsAsync(refresher);
        }

        var sealedDayByDay = await SealsAsync();
        Assert.Contains("\"refunded\": 20.00", sealedDayByDay["sealed_sales_by_day"], StringComparison.Ordinal);
        await ExecuteAsync("SELECT report.forget_sealed_days()");
        await ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT report.seal_days(10000); COMMIT");

        Assert.Equal(sealedDayByDay, await SealsAsync());
    }

    [Fact]
    public async Task Many_processes_refresh_each_report_once()
    {
        var refreshers = Enumerable.Range(0, 4).Select(_ => NewRefresher()).ToArray();

        var counts = await Task.WhenAll(refreshers.Select(refresher => Task.Run(() => refresher.RefreshDueAsync(Cancelled), Cancelled)));
        // Whoever meets another at the same report leaves it to whoever comes next.
        var left = await NewRefresher().RefreshDueAsync(Cancelled);

        // Each report was begun by one of them, and by nobody else within the hour.
        var reports = await ScalarAsync<long>("SELECT count(*) FROM report.report");
        Assert.Equal(reports, await ScalarAsync<long>("SELECT count(*) FROM report.report_refresh"));
        Assert.Equal(reports, counts.Sum() + left);
    }

    [Fact]
    public async Task A_report_is_due_by_the_schedule_or_when_somebody_asks()
    {
        var refresher = NewRefresher();
        Assert.Equal(10, await refresher.RefreshDueAsync(Cancelled));
        Assert.Equal(0, await refresher.RefreshDueAsync(Cancelled));

        await ExecuteAsync("SELECT report.request_refresh('admin 3')");
        await refresher.RefreshDueAsync(Cancelled);
        Assert.Equal(0, await refresher.RefreshDueAsync(Cancelled));
        Assert.Equal(10, await ScalarAsync<long>("SELECT count(*) FROM report.report_refresh WHERE requested_by = 'admin 3'"));

        await ExecuteAsync("UPDATE report.report_refresh SET started_at = started_at - interval '1 hour' WHERE report_name = 'refunds'");
        await refresher.RefreshDueAsync(Cancelled);
        Assert.Equal(3, await ScalarAsync<long>("SELECT count(*) FROM report.report_refresh WHERE report_name = 'refunds'"));
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM report.report_refresh WHERE report_name = 'sales_by_day'"));
    }

    [Fact]
    public async Task A_refresher_that_is_killed_half_way_leaves_the_old_numbers_and_another_goes_on()
    {
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(10, 10);
        var store = NewStore();
        await BuyAsync(store, 10, 1);
        await RefreshReportsAsync();
        await BuyAsync(store, 10, 1);
        var asOf = await ScalarAsync<DateTime>("SELECT as_of FROM report.report WHERE report_name = 'sales_by_day'");

        // It has refreshed the view and is about to say so when it has to wait.
        await ExecuteAsync(
            """
            CREATE TABLE public.gate ();
            GRANT ALL ON public.gate TO store_owner;
            CREATE FUNCTION public.wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN LOCK TABLE public.gate IN SHARE MODE; RETURN NEW; END';
            GRANT EXECUTE ON FUNCTION public.wait_at_gate() TO store_owner;
            CREATE TRIGGER wait_at_gate BEFORE UPDATE ON report.report_refresh FOR EACH ROW WHEN (NEW.as_of IS NOT NULL) EXECUTE FUNCTION public.wait_at_gate();
            """);
        await using (var holder = await Superuser.OpenConnectionAsync(Cancelled))
        {
            await ExecuteAsync("SELECT report.request_refresh('admin 1')");
            await using var transaction = await holder.BeginTransactionAsync(Cancelled);
            await using (var hold = new NpgsqlCommand("LOCK TABLE public.gate IN EXCLUSIVE MODE", holder))
                await hold.ExecuteNonQueryAsync(Cancelled);
            var killed = Task.Run(() => NewRefresher().RefreshDueAsync(Cancelled), Cancelled);
            await UntilAsync(
                """
                SELECT count(pg_terminate_backend(pid)) > 0
                FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'purchase-limits worker-reports' AND wait_event_type = 'Lock'
                  AND query LIKE '%report.refresh(%'
                """);

            // Meanwhile nobody waits: neither who reads nor who buys.
            Assert.Equal(20.00m, await ScalarAsync<decimal>("SET statement_timeout = '1s'; SELECT sold FROM report.sales_by_day"));
            Assert.Equal(PurchaseOutcome.Confirmed, (await store.PlacePurchaseAsync(await RequestAsync(10), Cancelled)).Outcome);
            await transaction.RollbackAsync(Cancelled);
            await killed;
        }

        await ExecuteAsync("DROP TRIGGER wait_at_gate ON report.report_refresh");

        Assert.Equal(20.00m, await ScalarAsync<decimal>("SELECT sold FROM report.sales_by_day"));
        Assert.Equal(asOf, await ScalarAsync<DateTime>("SELECT as_of FROM report.report WHERE report_name = 'sales_by_day'"));
        Assert.True(await ScalarAsync<bool>("SELECT bool_or(error LIKE '57P01%') FROM report.report_refresh"));

        // Its process is gone, too, before it could say so.
        await ExecuteAsync("UPDATE report.report_refresh SET finished_at = NULL, error = NULL, started_at = now() - interval '31 seconds' WHERE error IS NOT NULL");
        await NewRefresher().RefreshDueAsync(Cancelled);
        Assert.Equal("Its process ended before it was done.", await ScalarAsync<string>("SELECT DISTINCT error FROM report.report_refresh WHERE error IS NOT NULL"));
        await RefreshReportsAsync();
        Assert.Equal(60.00m, await ScalarAsync<decimal>("SELECT sold FROM report.sales_by_day"));
    }

    [Fact]
    public async Task What_is_still_open_is_not_left_out_but_waited_for()
    {
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(10, 11);
        var store = NewStore();
        var refresher = NewRefresher(longestWaitForMark: TimeSpan.FromMilliseconds(100));
        await RefreshReportsAsync();
        var asOf = await ScalarAsync<DateTime>("SELECT min(as_of) FROM report.report");

        // One purchase is stamped and not committed; a later one of somebody else is.
        var request = await RequestAsync(10);
        await using var open = await Own(NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString("store_web")) { Options = "-c idle_in_transaction_session_timeout=60s" }.ConnectionString))
            .OpenConnectionAsync(Cancelled);
        await using var transaction = await open.BeginTransactionAsync(System.Data.IsolationLevel.Serializable, Cancelled);
        await using (var place = new NpgsqlCommand("SELECT outcome FROM store.place_purchase($1, $2, $3, $4, $5, $6, $7)", open)
        {
            Parameters =
            {
                new() { Value = 10L }, new() { Value = request.PurchaseId }, new() { Value = request.PricedAt.UtcDateTime }, new() { Value = 20.00m },
                new() { Value = s_one }, new() { Value = s_one }, new() { Value = new decimal?[] { null }, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Numeric },
            },
        })
        {
            Assert.Equal("confirmed", await place.ExecuteScalarAsync(Cancelled));
        }

        await BuyAsync(store, 11, 1);
        await ExecuteAsync("SELECT report.request_refresh('admin 1')");
        await refresher.RefreshDueAsync(Cancelled);

        // Nothing after it is shown either: as of 14:03:05 would be a lie.
        Assert.Empty(await QueryAsync<decimal>("SELECT sold FROM report.sales_by_day"));
        Assert.True(await ScalarAsync<bool>("SELECT bool_and(error LIKE 'A transaction that began before%') FROM report.report_refresh WHERE started_at > @asOf AND as_of IS NULL", new { asOf }));

        await transaction.CommitAsync(Cancelled);
        await RefreshReportsAsync();
        Assert.Equal(40.00m, await ScalarAsync<decimal>("SELECT sold FROM report.sales_by_day"));
    }

    [Fact]
    public async Task Today_is_the_day_that_reports_are_at_also_after_the_zone_was_changed()
    {
        // Of these two one is always a day ahead of the other.
        await ExecuteAsync("UPDATE store.store_setting SET time_zone = 'Etc/GMT+12'");
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(1, 1);
        Assert.True(await ScalarAsync<bool>("SELECT report.today() = (now() AT TIME ZONE 'Etc/GMT+12')::date"));
        await BuyAsync(NewStore(), 1, 1);
        await RefreshReportsAsync();
        await ExecuteAsync("UPDATE store.store_setting SET time_zone = 'Pacific/Kiritimati'");

        Assert.Equal(20.00m, await ScalarAsync<decimal>("SELECT sold FROM report.sales_by_day WHERE day = report.today()"));
    }

    [Fact]
    public async Task What_is_open_in_another_database_of_the_server_holds_up_nothing()
    {
        await using var elsewhere = new NpgsqlConnection(Server.ConnectionString("postgres"));
        await elsewhere.OpenAsync(Cancelled);
        await using var transaction = await elsewhere.BeginTransactionAsync(Cancelled);
        await using (var id = new NpgsqlCommand("SELECT pg_current_xact_id()::text", elsewhere))
            await id.ExecuteScalarAsync(Cancelled);

        Assert.Equal(10, await NewRefresher(longestWaitForMark: TimeSpan.FromSeconds(2)).RefreshDueAsync(Cancelled));
    }

    [Fact]
    public async Task A_seal_that_is_not_what_the_ledger_says_is_found_and_can_be_made_anew()
    {
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(1, 1);
        await SetClockAsync(new DateTime(2030, 3, 1, 12, 0, 0, DateTimeKind.Utc));
        await BuyAsync(NewStore(), 1, 1);
        await SetClockAsync(new DateTime(2030, 3, 3, 12, 0, 0, DateTimeKind.Utc));
        await SealAsync();
        Assert.Empty(await BrokenAsync());

        foreach (var (table, column, reports) in new[]
                 {
                     ("sales_by_day", "sold", "sales_by_day"), ("sales_by_product", "units", "sales_by_category sales_by_product"), ("customer_spend", "refunded", "customer_spend"),
                 })
        {
            await ExecuteAsync($"UPDATE report.sealed_{table} SET {column} = {column} + 1");
            await SetClockAsync(await ScalarAsync<DateTime>("SELECT store.clock() + interval '1 minute'"));
            await RefreshReportsAsync();
            Assert.Equal(reports, string.Join(' ', await BrokenAsync()));

            await ExecuteAsync("SELECT report.forget_sealed_days()");
            await SetClockAsync(await ScalarAsync<DateTime>("SELECT store.clock() + interval '1 minute'"));
            await SealAsync();
            Assert.Empty(await BrokenAsync());
        }

        // Another test's open transaction may hold a seal up for a while, as it does a report.
        Task SealAsync() => Eventually.TrueAsync(async () =>
        {
            await RefreshReportsAsync();
            return await ScalarAsync<bool>("SELECT report.sealed_until() >= '2030-03-03'");
        }, "the days before are sealed");

        Task<IReadOnlyList<string>> BrokenAsync() => QueryAsync<string>(
            "SELECT DISTINCT split_part(detail, ':', 1) FROM store.integrity_i10_report_is_fold_at_its_as_of ORDER BY 1");
    }

    private async Task<Guid> BuyAsync(PurchaseLimits.Web.Store store, long customerId, long productId, int quantity = 1)
    {
        var request = await RequestAsync(customerId, productId, quantity);
        var reply = await store.PlacePurchaseAsync(request with { PricedAt = await ScalarAsync<DateTime>("SELECT store.clock()") });
        Assert.True(reply.Status is not null, $"The purchase is not on record: {reply.Outcome}");
        return request.PurchaseId;
    }

    private Task SetClockAsync(DateTime moment) => ExecuteAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"CREATE OR REPLACE FUNCTION store.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT ''{moment:O}''::timestamptz'"));

    /// <summary>What each table of sealed figures holds, but for when it was sealed.</summary>
    private async Task<IReadOnlyDictionary<string, string>> SealsAsync()
    {
        var seals = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var table in s_seals)
        {
            // 20.00 and 20 are one number.
            seals[table] = await ScalarAsync<string>(
                $"SELECT coalesce(string_agg((to_jsonb(s) - 'sealed_at')::text, E'\\n' ORDER BY (to_jsonb(s) - 'sealed_at')::text), '') FROM report.{table} s") ?? "";
        }

        return seals;
    }
}
