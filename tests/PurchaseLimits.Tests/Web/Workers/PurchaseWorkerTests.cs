using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Workers;

/// <summary>What is taken now and decided later, by workers as two web processes have them.</summary>
public sealed class PurchaseWorkerTests(PostgresServer server) : StoreTest(server)
{
    private readonly List<PurchaseWorker> _workers = [];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m, 480.00m);
        await AddCustomersAsync(1, 20);
        await DeferAsync(true);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
        {
            await worker.StopAsync(CancellationToken.None);
            worker.Dispose();
        }

        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_request_is_taken_without_the_customers_lock_and_decided_by_a_worker()
    {
        var store = NewStore();
        await using var holder = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await holder.BeginTransactionAsync(Cancelled);
        await Dapper.SqlMapper.ExecuteAsync(holder, "SELECT FROM store.customer_purchased_amount WHERE customer_id = 1 FOR UPDATE");
        var request = await RequestAsync(1);

        Assert.Equal((PurchaseOutcome.Processing, "processing"), Facts(await store.PlacePurchaseAsync(request, Cancelled)));
        Assert.Equal((PurchaseOutcome.AlreadyRecorded, "processing"), Facts(await store.PlacePurchaseAsync(request, Cancelled)));
        Assert.Equal((PurchaseOutcome.KeyReused, null), Facts(await store.PlacePurchaseAsync(request with { Lines = [new(1, 2)] }, Cancelled)));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.purchase"));
        await transaction.RollbackAsync(Cancelled);

        await StartWorkersAsync(store);
        await AllDecidedAsync();

        Assert.Equal((PurchaseOutcome.AlreadyRecorded, "confirmed"), Facts(await store.PlacePurchaseAsync(request, Cancelled)));
        Assert.Equal(20.00m, await BoughtAsync(1));
    }

    [Fact]
    public async Task A_request_that_cannot_be_taken_takes_none_down_that_goes_with_it()
    {
        var store = NewStore();
        var template = await RequestAsync(1);
        var asked = Enumerable.Range(0, 60).Select(i => store.PlacePurchaseAsync(template with
        {
            PurchaseId = Guid.CreateVersion7(),
            Lines = i % 20 == 19 ? [new(1, 0)] : template.Lines,
        })).ToList();

        for (var i = 0; i < asked.Count; i++)
        {
            if (i % 20 == 19)
                Assert.Equal("PL001", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => asked[i])).SqlState);
            else
                Assert.Equal(PurchaseOutcome.Processing, (await asked[i]).Outcome);
        }

        Assert.Equal(57, await ScalarAsync<long>("SELECT count(*) FROM store.purchase_request"));
    }

    [Fact]
    public async Task Workers_of_two_processes_decide_each_request_once_and_in_order()
    {
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];
        var template = await RequestAsync(1);
        // One after the other for each customer, so that there is an order; 50 of $20.00 where 25 fit.
        var acknowledged = await Task.WhenAll(Enumerable.Range(1, 20).Select(customer => Task.Run(async () =>
        {
            var keys = new List<Guid>();
            for (var i = 0; i < 50; i++)
            {
                var request = template with { CustomerId = customer, PurchaseId = Guid.CreateVersion7() };
                Assert.Equal(PurchaseOutcome.Processing, (await stores[i % 2].PlacePurchaseAsync(request)).Outcome);
                keys.Add(request.PurchaseId);
            }

            return (Customer: customer, Keys: keys);
        })));

        await StartWorkersAsync(stores);
        await AllDecidedAsync();

        foreach (var (customer, keys) in acknowledged)
        {
            Assert.Equal(keys, await QueryAsync<Guid>(
                "SELECT purchase_id FROM store.purchase WHERE customer_id = @customer ORDER BY sequence_number", new { customer }));
            Assert.Equal(500.00m, await BoughtAsync(customer));
        }

        Assert.Equal(["confirmed 500", "refused 500"], await QueryAsync<string>("SELECT status || ' ' || count(*) FROM store.purchase GROUP BY status ORDER BY status"));
    }

    [Fact]
    public async Task Whoever_confirms_at_once_again_waits_behind_what_was_taken_before()
    {
        var store = NewStore();
        var all = await RequestAsync(1, productId: 2);
        var little = await RequestAsync(1) with { Lines = [new(1, 2)], ShownTotal = 40.00m };
        Assert.Equal(PurchaseOutcome.Processing, (await store.PlacePurchaseAsync(all, Cancelled)).Outcome);

        // No worker runs, and the setting changes while a request is in flight: nothing is lost, nothing is overtaken.
        await DeferAsync(false);
        Assert.Equal(PurchaseOutcome.OverLimit, (await store.PlacePurchaseAsync(little, Cancelled)).Outcome);

        Assert.Equal((PurchaseOutcome.AlreadyRecorded, "confirmed"), Facts(await store.PlacePurchaseAsync(all, Cancelled)));
        Assert.Equal(PurchaseOutcome.KeyReused, (await store.PlacePurchaseAsync(all with { Lines = [new(1, 1)] }, Cancelled)).Outcome);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.purchase_request"));
    }

    [Fact]
    public async Task The_setting_may_change_all_the_time_and_nothing_is_lost_or_decided_twice()
    {
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];
        await StartWorkersAsync(stores);
        var template = await RequestAsync(1);
        var buying = Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            var keys = new List<Guid>();
            for (var i = 0; i < 40; i++)
            {
                var request = template with { CustomerId = 1 + caller % 4, PurchaseId = Guid.CreateVersion7() };
                var reply = await stores[i % 2].PlaceUntilAnsweredAsync(request);
                Assert.True(reply.Outcome is PurchaseOutcome.Processing or PurchaseOutcome.Confirmed or PurchaseOutcome.OverLimit
                    or PurchaseOutcome.AlreadyRecorded, reply.Outcome.ToString());
                keys.Add(request.PurchaseId);
            }

            return keys;
        })));
        while (!buying.IsCompleted)
        {
            await DeferAsync(Random.Shared.Next(2) == 0);
            await Task.Yield();
        }

        var keys = (await buying).SelectMany(own => own).ToArray();
        await AllDecidedAsync();

        Assert.Equal(keys.Order(), (await QueryAsync<Guid>("SELECT purchase_id FROM store.purchase")).Order());
        Assert.Equal([500m, 500m, 500m, 500m], await QueryAsync<decimal>("SELECT amount FROM store.customer_purchased_amount WHERE customer_id <= 4"));
    }

    [Fact]
    public async Task What_was_asked_for_in_time_is_charged_as_the_page_said_and_a_fall_is_passed_on()
    {
        var store = NewStore();
        var risen = await RequestAsync(1);
        Assert.Equal(PurchaseOutcome.Processing, (await store.PlacePurchaseAsync(risen, Cancelled)).Outcome);
        await store.SetPriceAsync(new(1, 25.00m, null, "admin 1"));
        await ExecuteAsync("UPDATE store.store_setting SET quote_life = interval '1 microsecond'");
        await store.DecidePurchaseRequestsAsync(1, 10);
        Assert.Equal(20.00m, await BoughtAsync(1));

        await ExecuteAsync("UPDATE store.store_setting SET quote_life = interval '15 minutes'");
        var fallen = await RequestAsync(2);
        await store.PlacePurchaseAsync(fallen, Cancelled);
        await store.SetPriceAsync(new(1, 15.00m, null, "admin 1"));
        await store.DecidePurchaseRequestsAsync(2, 10);
        Assert.Equal(15.00m, await BoughtAsync(2));

        // Too old when it was sent: asked again at once, never taken.
        await ExecuteAsync("UPDATE store.store_setting SET quote_life = interval '1 microsecond'");
        Assert.Equal(PurchaseOutcome.PriceChanged, (await store.PlacePurchaseAsync(await RequestAsync(3), Cancelled)).Outcome);
        Assert.Equal(PurchaseOutcome.UnknownCustomer, (await store.PlacePurchaseAsync(await RequestAsync(99), Cancelled)).Outcome);
    }

    [Fact]
    public async Task What_was_withdrawn_before_it_was_decided_is_refused_with_the_reason()
    {
        var store = NewStore();
        await store.PlacePurchaseAsync(await RequestAsync(1), Cancelled);
        await ExecuteAsync("UPDATE store.product SET withdrawn_at = now() WHERE product_id = 1");

        Assert.Equal(1, await store.DecidePurchaseRequestsAsync(1, 10));
        Assert.Equal("refused: A product in it is no longer sold.", await ScalarAsync<string>(
            "SELECT p.status || ': ' || e.reason FROM store.purchase p JOIN store.customer_event e USING (customer_id, sequence_number)"));
    }

    [Fact]
    public async Task What_waits_for_a_worker_can_be_cancelled_and_stays_on_record()
    {
        var store = NewStore();
        var request = await RequestAsync(1);
        await store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal(CancelOutcome.Cancelled, (await store.CancelPurchaseAsync(1, request.PurchaseId)).Outcome);
        Assert.Equal(0, await store.DecidePurchaseRequestsAsync(1, 10));
        Assert.Equal((PurchaseOutcome.AlreadyRecorded, "cancelled"), Facts(await store.PlacePurchaseAsync(request, Cancelled)));
        Assert.Equal(0m, await BoughtAsync(1));
    }

    [Fact]
    public async Task A_price_and_a_deadline_are_noticed_without_anybody_asking()
    {
        await DeferAsync(false);
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (3, 1, 'Three', '', 'mug'), (4, 1, 'Four', '', 'mug')");
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];
        var template = await RequestAsync(1) with { ShownTotal = 50.00m };
        var priced = template with { Lines = [new(3, 1, 50.00m)] };
        var forgotten = template with { CustomerId = 2, Lines = [new(4, 1, 50.00m)] };
        Assert.Equal(PurchaseOutcome.Processing, (await stores[0].PlacePurchaseAsync(priced, Cancelled)).Outcome);
        await ExecuteAsync("UPDATE store.store_setting SET hold_life = interval '1 second'");
        Assert.Equal(PurchaseOutcome.Processing, (await stores[0].PlacePurchaseAsync(forgotten, Cancelled)).Outcome);
        await StartWorkersAsync(stores);

        await stores[1].SetPriceAsync(new(3, 45.00m, null, "admin 1"));

        await UntilAsync("SELECT count(*) FILTER (WHERE status = 'confirmed' AND customer_id = 1) = 1 AND count(*) FILTER (WHERE status = 'expired' AND customer_id = 2) = 1 FROM store.purchase");
        Assert.Equal(45.00m, await BoughtAsync(1));
        Assert.Equal(["purchase_confirmed", "purchase_expired", "purchase_processing", "purchase_processing"],
            await QueryAsync<string>("SELECT kind FROM store.outbox_message ORDER BY kind"));
    }

    [Fact]
    public async Task A_limit_that_begins_or_ends_is_written_down_and_mailed_though_nobody_buys()
    {
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];
        var soon = (await ScalarAsync<DateTime>("SELECT clock_timestamp()")).AddSeconds(1);
        await stores[0].ChangeLimitAsync(new(1, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 700m, soon, null, "why", "admin 1"));
        await stores[0].ChangeLimitAsync(new(2, Guid.CreateVersion7(), LimitWindow.Week, null, 50m, null, soon, "why", "admin 1"));
        await StartWorkersAsync(stores);

        await UntilAsync("SELECT count(*) = 2 FROM store.outbox_message WHERE kind = 'limit_took_effect'");
        Assert.Equal(["1 lifetime 700", "2 week 9999999999.99"], await QueryAsync<string>(
            "SELECT format('%s %s %s', customer_id, window_name, window_limit) FROM store.customer_event WHERE kind = 'limit_took_effect' ORDER BY customer_id"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.customer_purchased_amount WHERE limit_due_at < 'infinity'"));
    }

    private static (PurchaseOutcome, string?) Facts(PurchaseReply reply) => (reply.Outcome, reply.Status);

    private Task DeferAsync(bool deferred) => ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = @deferred", new { deferred });

    private Task AllDecidedAsync() => UntilAsync("SELECT NOT EXISTS (SELECT FROM store.purchase_request)");

    private async Task StartWorkersAsync(params PurchaseLimits.Web.Store[] stores)
    {
        foreach (var store in stores)
        {
            var worker = new PurchaseWorker(
                store,
                NewDataSources(),
                new WorkSignals(),
                Options.Create(new WorkerOptions { PollInterval = TimeSpan.FromMilliseconds(50) }),
                NullLogger<PurchaseWorker>.Instance);
            _workers.Add(worker);
            await worker.StartAsync(CancellationToken.None);
        }
    }
}
