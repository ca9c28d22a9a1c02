using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>Every command at once, by 16 callers through two web processes with a worker each.</summary>
public sealed class MixedLoadTests(PostgresServer server) : StoreTest(server)
{
    private const int Seed = 20261124;
    private const int Workers = 16;
    private const int CommandsEach = 150;
    private const int Customers = 24;
    private const int Priced = 20;
    private const int OnRequest = 30;

    [Fact]
    public async Task Every_rule_holds_after_every_command_was_sent_at_once()
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}");
        await AddProductsAsync([.. Enumerable.Range(1, Priced).Select(price => (decimal)price)]);
        await ExecuteAsync(
            "INSERT INTO store.product (product_id, category_id, name, description, tile) SELECT n, 1, 'Product ' || n, '', 'mug' FROM generate_series(@first, @last) n",
            new { first = Priced + 1, last = Priced + OnRequest });
        await AddCustomersAsync(1, Customers);
        var clock = await ScalarAsync<DateTime>("SELECT clock_timestamp()") - DateTime.UtcNow;
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];
        var workers = stores.Select(NewWorker).ToArray();
        foreach (var worker in workers)
            await worker.StartAsync(Cancelled);
        var load = new MixedLoad(stores, Customers, Priced, OnRequest);

        var running = Task.WhenAll(Enumerable.Range(0, Workers).Select(i => Task.Run(() => load.RunAsync(
            Seed + i, CommandsEach, () => DateTimeOffset.UtcNow + clock - TimeSpan.FromSeconds(2)))));
        // Meanwhile two processes refresh the reports without a pause: I10 is among the rules.
        var refreshing = Enumerable.Range(0, 2).Select(_ => NewRefresher(every: TimeSpan.FromMilliseconds(1)))
            .Select(refresher => Task.Run(() => RefreshUntilAsync(refresher, running), Cancelled))
            .ToArray();
        // And the store changes its mind, and what is held and asked expires.
        var random = new Random(Seed);
        while (!running.IsCompleted)
        {
            await ExecuteAsync(
                """
                UPDATE store.store_setting
                SET deferred_confirmation = @deferred, refund_restores_allowance = @restores,
                    hold_life = @life * interval '100 milliseconds', approval_life = @life * interval '100 milliseconds'
                """,
                new { deferred = random.Next(2) == 0, restores = random.Next(2) == 0, life = random.Next(1, 30) });
            Assert.Empty(await QueryAsync<string>("SELECT detail FROM store.integrity_violation"));
        }

        await running;
        Assert.True((await Task.WhenAll(refreshing)).Sum() >= 20);
        Assert.Empty(await QueryAsync<string>("SELECT error FROM report.report_refresh WHERE error NOT LIKE 'A transaction that began%' AND error NOT LIKE '40001%' AND error NOT LIKE 'Another process%'"));
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM store.purchase_request)");
        foreach (var worker in workers)
            await worker.StopAsync(CancellationToken.None);

        foreach (var outcome in load.Outcomes)
            TestContext.Current.TestOutputHelper!.WriteLine(outcome);
        Assert.Equal(load.Acknowledged.Keys.Order(), (await QueryAsync<Guid>("SELECT purchase_id FROM store.purchase")).Order());
        // What was answered at once is what is on record; what was taken for later began as one of these.
        var begun = (await QueryAsync<(Guid Key, string Status)>("SELECT purchase_id, status FROM store.purchase_receipt")).ToDictionary(row => row.Key, row => row.Status);
        Assert.All(load.Acknowledged, pair => Assert.True(
            pair.Value.SequenceNumber is null || begun[pair.Key] == pair.Value.Status, $"{pair.Key} was answered {pair.Value.Status} and began {begun[pair.Key]}"));
        Assert.Equal(
            load.Refunded.Select(pair => (pair.Key, pair.Value)).Order(),
            (await QueryAsync<(Guid, decimal)>("SELECT refund_id, amount FROM store.refund")).Order());
        // One mail for each event about a purchase or a limit that customers are told of, none besides.
        Assert.Empty(await QueryAsync<string>(
            $"""
            SELECT coalesce(o.message_key, e.kind)
            FROM (SELECT * FROM store.customer_event WHERE {MixedLoad.WithMail}) e
            FULL JOIN (SELECT * FROM store.outbox_message WHERE kind <> 'limit_notice') o USING (customer_id, sequence_number)
            WHERE o.kind IS DISTINCT FROM e.kind
            """));
        Assert.Empty(await QueryAsync<string>(
            """
            SELECT coalesce(o.message_key, n.sequence_number::text)
            FROM (SELECT DISTINCT customer_id, sequence_number FROM store.limit_notice) n
            FULL JOIN (SELECT * FROM store.outbox_message WHERE kind = 'limit_notice') o USING (customer_id, sequence_number)
            WHERE o.message_key IS NULL OR n.sequence_number IS NULL
            """));
        // Every command did what it is there for, or the load says nothing.
        foreach (var (command, outcome) in new[]
                 {
                     ("buy", "Confirmed"), ("buy", "Processing"), ("buy", "OverLimit"), ("buy again", "AlreadyRecorded"), ("cancel", "Cancelled"),
                     ("ask", "Asked"), ("approve", "Approved"), ("decline", "Declined"), ("refund", "Refunded"), ("refund", "AlreadyRecorded"),
                     ("limit", "Changed"), ("limit", "Scheduled"), ("price", "PriceSet"),
                 })
        {
            Assert.True(load.Count(command, outcome) > 0, $"{command} never ended as {outcome}");
        }

        Assert.Equal(["cancelled", "confirmed", "expired", "partly_refunded", "refunded", "refused"], (await QueryAsync<string>(
            "SELECT DISTINCT status FROM store.purchase WHERE status NOT IN ('processing', 'awaiting_approval')")).Order());
    }

    private static async Task<int> RefreshUntilAsync(ReportRefresher refresher, Task end)
    {
        var refreshed = 0;
        while (!end.IsCompleted)
            refreshed += await refresher.RefreshDueAsync(Cancelled);
        return refreshed;
    }

    private PurchaseWorker NewWorker(PurchaseLimits.Web.Store store) => new(
        store,
        Own(new StoreDataSources(ConnectionString("store_web"), ConnectionString("store_admin"), ConnectionString("store_worker"))),
        new WorkSignals(),
        Options.Create(new WorkerOptions { PollInterval = TimeSpan.FromMilliseconds(50) }),
        NullLogger<PurchaseWorker>.Instance);
}
