using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Store;

/// <summary>Many at once. What is counted is rows, after every caller has its answer.</summary>
public sealed class RaceTests(PostgresServer server) : StoreTest(server)
{
    [Theory]
    [InlineData(200, 20, 25)]
    [InlineData(30, 50, 10)]
    public async Task As_many_are_confirmed_as_fit_and_the_others_refused(int callers, int price, int fit)
    {
        await AddProductsAsync(price);
        await AddCustomersAsync(1, 1);
        var store = NewStore();

        await AssertExactlyAsync(fit, await TogetherAsync(callers, _ => store));
    }

    [Fact]
    public async Task Two_web_processes_at_once_give_the_same()
    {
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(1, 1);
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];

        await AssertExactlyAsync(25, await TogetherAsync(200, i => stores[i % 2]));
    }

    [Fact]
    public async Task The_same_key_sent_thirty_times_at_once_is_one_purchase_and_thirty_equal_receipts()
    {
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(1, 1);
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];
        var request = await RequestAsync(1);

        var replies = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(() => stores[i % 2].PlacePurchaseAsync(request))));

        Assert.Single(replies, reply => reply.Outcome == PurchaseOutcome.Confirmed);
        Assert.Equal(29, replies.Count(reply => reply.Outcome == PurchaseOutcome.AlreadyRecorded));
        Assert.Single(replies.Select(reply => reply with { Outcome = PurchaseOutcome.Confirmed }).Distinct());
        Assert.Equal(20.00m, await BoughtAsync(1));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.purchase"));
        Assert.Equal(PurchaseOutcome.KeyReused, (await stores[0].PlacePurchaseAsync(request with { Lines = [new(1, 2)] }, Cancelled)).Outcome);
    }

    [Fact]
    public async Task Different_customers_on_small_tables_never_see_a_serialization_failure()
    {
        await AddProductsAsync(10.00m, 5.00m);
        await AddCustomersAsync(1, 20);
        var store = NewStore();
        var requests = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => RequestAsync(1 + i % 20)));

        // Whatever PlacePurchaseAsync throws ends the test.
        var replies = await Task.WhenAll(AtOnce(store, requests));

        Assert.All(replies, reply => Assert.Equal(PurchaseOutcome.Confirmed, reply.Outcome));
        Assert.Equal(20, await ScalarAsync<long>("SELECT count(*) FROM store.customer_purchased_amount WHERE amount = 200"));
    }

    [Fact]
    public async Task A_crowd_on_one_customer_is_decided_together()
    {
        await AddProductsAsync(1.00m);
        await AddCustomersAsync(1, 1);
        var store = NewStore(maxWaiting: 1000);
        var requests = await Task.WhenAll(Enumerable.Range(0, 600).Select(_ => RequestAsync(1)));

        var replies = await Task.WhenAll(AtOnce(store, requests));

        Assert.Equal((500, 100), (replies.Count(reply => reply.Outcome == PurchaseOutcome.Confirmed), replies.Count(reply => reply.Outcome == PurchaseOutcome.OverLimit)));
        Assert.Equal(Enumerable.Range(2, 600).Select(n => (long?)n), replies.Select(reply => reply.SequenceNumber).Order());
        Assert.InRange(await ScalarAsync<long>("SELECT count(DISTINCT xmin::text) FROM store.customer_event WHERE sequence_number > 1"), 10, 200);
    }

    [Fact]
    public async Task Customers_that_come_at_once_are_decided_together()
    {
        await AddProductsAsync(1.00m);
        await AddCustomersAsync(1, 50);
        var store = NewStore();
        var requests = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => RequestAsync(1 + i % 50)));

        var replies = await Task.WhenAll(AtOnce(store, requests));

        Assert.All(replies, reply => Assert.Equal(PurchaseOutcome.Confirmed, reply.Outcome));
        Assert.Equal(50, await ScalarAsync<long>("SELECT count(*) FROM store.customer_purchased_amount WHERE amount = 10 AND last_sequence_number = 11"));
        var (transactions, most) = (await QueryAsync<(long, long)>(
            """
            SELECT count(*), max(customers)
            FROM (SELECT count(DISTINCT customer_id) AS customers FROM store.purchase GROUP BY xmin::text) t
            """)).Single();
        Assert.InRange(transactions, 8, 250);
        Assert.InRange(most, 2, 50);
    }

    [Fact]
    public async Task Whose_row_is_locked_or_frozen_holds_up_nobody_else()
    {
        await AddProductsAsync(1.00m);
        await AddCustomersAsync(1, 30);
        var store = NewStore();
        var requests = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => RequestAsync(3 + i % 28)));
        var (locked, frozen) = (await RequestAsync(1), await RequestAsync(2));
        var breaker = new LedgerBreaker(Superuser);
        await store.PlacePurchaseAsync(frozen, Cancelled);
        await breaker.BreakAsync(LedgerBreaker.Ways.Keys.First(), 2);
        await using var other = await Superuser.OpenConnectionAsync(Cancelled);
        await using var held = await other.BeginTransactionAsync(Cancelled);
        await Dapper.SqlMapper.ExecuteAsync(other, "SELECT FROM store.customer_purchased_amount WHERE customer_id = 1 FOR UPDATE");

        var waits = Task.Run(() => store.PlacePurchaseAsync(locked));
        var refused = AtOnce(store, Enumerable.Range(0, 5).Select(_ => frozen with { PurchaseId = Guid.CreateVersion7() }));
        var replies = await Task.WhenAll(AtOnce(store, requests));

        Assert.False(waits.IsCompleted);
        Assert.All(replies, reply => Assert.Equal(PurchaseOutcome.Confirmed, reply.Outcome));
        foreach (var call in refused)
            await Assert.ThrowsAsync<CustomerFrozenException>(() => call);
        await held.RollbackAsync(Cancelled);
        Assert.Equal(PurchaseOutcome.Confirmed, (await waits).Outcome);
        await breaker.MendAsync(2);
        Assert.Equal(ReleaseOutcome.Released, (await store.ReleaseCustomerAsync(2, "Restored.", "admin 1")).Outcome);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task One_that_cannot_be_decided_fails_alone(int customers)
    {
        await AddProductsAsync(1.00m);
        await AddCustomersAsync(1, customers);
        var store = NewStore(maxWaiting: 1000);
        var requests = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => RequestAsync(1 + i % customers)));
        // No checkout sends it.
        requests[30] = requests[30] with { Lines = [new(1, 100)] };

        var calls = AtOnce(store, requests);

        Assert.Equal("PL001", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => calls[30])).SqlState);
        Assert.All(await Task.WhenAll(calls.Where((_, i) => i != 30)), reply => Assert.Equal(PurchaseOutcome.Confirmed, reply.Outcome));
        Assert.Equal(59m, await ScalarAsync<decimal>("SELECT sum(amount) FROM store.customer_purchased_amount"));
    }

    [Fact]
    public async Task A_purchase_and_a_cut_at_once_are_decided_one_after_the_other()
    {
        await AddProductsAsync(300.00m);
        await AddCustomersAsync(1, 20);
        var store = NewStore();
        var requests = await Task.WhenAll(Enumerable.Range(1, 20).Select(customer => RequestAsync(customer)));

        await Task.WhenAll(requests.SelectMany(request => new Task[]
        {
            Task.Run(() => store.PlacePurchaseAsync(request)),
            Task.Run(() => store.ChangeLimitAsync(new(request.CustomerId, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 200m, null, null, "cut", "admin 1"))),
        }));

        // Bought first: 300 of 200, over by 100. Cut first: refused. The event says which; nothing between exists.
        Assert.Equal(20, await ScalarAsync<long>(
            """
            SELECT count(*)
            FROM store.customer_event e
            JOIN store.customer_allowance a USING (customer_id)
            WHERE e.kind = 'purchase_confirmed' AND e.limit_at_time = 500 AND e.sequence_number = 2 AND a.over_by = 100
               OR e.kind = 'purchase_refused' AND e.limit_at_time = 200 AND e.sequence_number = 3 AND a.left_amount = 200
            """));
    }

    private static Task<PurchaseReply>[] AtOnce(PurchaseLimits.Web.Store store, IEnumerable<PurchaseRequest> requests) =>
        [.. requests.Select(request => Task.Run(() => store.PlacePurchaseAsync(request)))];

    private async Task<IReadOnlyList<PurchaseReply>> TogetherAsync(int callers, Func<int, PurchaseLimits.Web.Store> store)
    {
        var request = await RequestAsync(1);
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = Enumerable.Range(0, callers).Select(async i =>
        {
            await start.Task;
            return await store(i).PlacePurchaseAsync(request with { PurchaseId = Guid.CreateVersion7() });
        }).ToArray();
        start.SetResult();
        return await Task.WhenAll(calls);
    }

    private async Task AssertExactlyAsync(int fit, IReadOnlyList<PurchaseReply> replies)
    {
        Assert.Equal(fit, replies.Count(reply => reply.Outcome == PurchaseOutcome.Confirmed));
        Assert.Equal(replies.Count - fit, replies.Count(reply => reply.Outcome == PurchaseOutcome.OverLimit));
        Assert.Equal(500.00m, await BoughtAsync(1));
        Assert.Equal([fit, replies.Count - fit], await QueryAsync<int>(
            "SELECT count(*)::int FROM store.customer_event WHERE purchase_id IS NOT NULL GROUP BY kind ORDER BY kind"));
        Assert.Equal(replies.Count, replies.Select(reply => reply.SequenceNumber).Distinct().Count());
    }
}
