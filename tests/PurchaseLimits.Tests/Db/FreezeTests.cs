using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>A customer whose row and ledger differ is frozen: nothing is written, whoever asks, until they agree and an admin says so.</summary>
public sealed class FreezeTests(PostgresServer server) : StoreTest(server)
{
    private LedgerBreaker Breaker => field ??= new LedgerBreaker(Superuser);

    public static TheoryData<string> Ways => [.. LedgerBreaker.Ways.Keys];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(10, 11);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Whatever_differs_nothing_is_written_until_it_is_mended_and_released(string way)
    {
        var store = NewStore();
        var bought = await BuyAsync(store);
        await Breaker.BreakAsync(way, 10);
        var before = await StateAsync();

        // Eight at once, from two processes.
        var other = NewStore();
        var attempts = await Task.WhenAll(Enumerable.Range(0, 8).Select(async n =>
        {
            var request = await RequestAsync(10);
            return await Record.ExceptionAsync(() => (n % 2 == 0 ? store : other).PlacePurchaseAsync(request, Cancelled));
        }));

        Assert.All(attempts, attempt => Assert.Equal(10, Assert.IsType<CustomerFrozenException>(attempt).CustomerId));
        Assert.Equal(before, await StateAsync());
        Assert.Equal(["system"], await QueryAsync<string>("SELECT frozen_by FROM store.customer_freeze WHERE released_at IS NULL AND length(detail) > 20"));

        await Assert.ThrowsAsync<CustomerFrozenException>(() => store.RefundPurchaseAsync(new(10, bought, Guid.CreateVersion7(), 5m, [], "why", "admin 1")));
        await Assert.ThrowsAsync<CustomerFrozenException>(() => store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 600m, null, null, "why", "admin 1")));
        await Assert.ThrowsAsync<CustomerFrozenException>(() => store.LowerOwnLimitAsync(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 100m));
        await Assert.ThrowsAsync<CustomerFrozenException>(() => store.DecidePurchaseRequestsAsync(10, 10));
        Assert.Equal(before, await StateAsync());
        Assert.Equal(PurchaseOutcome.Confirmed, (await store.PlacePurchaseAsync(await RequestAsync(11), Cancelled)).Outcome);

        var refused = await store.ReleaseCustomerAsync(10, "Looks fine to me.", "admin 1");
        Assert.Equal(ReleaseOutcome.StillDiffers, refused.Outcome);
        Assert.NotEmpty(refused.Detail!);
        await Breaker.MendAsync(10);
        // Mended is not released.
        await Assert.ThrowsAsync<CustomerFrozenException>(async () => await store.PlacePurchaseAsync(await RequestAsync(10), Cancelled));

        Assert.Equal(ReleaseOutcome.Released, (await store.ReleaseCustomerAsync(10, "Restored from the backup.", "admin 1")).Outcome);
        Assert.Equal(ReleaseOutcome.AlreadyReleased, (await store.ReleaseCustomerAsync(10, "Restored from the backup.", "admin 1")).Outcome);
        Assert.Equal(ReleaseOutcome.NotFrozen, (await store.ReleaseCustomerAsync(10, "Another reason.", "admin 1")).Outcome);
        Assert.Equal(PurchaseOutcome.Confirmed, (await store.PlacePurchaseAsync(await RequestAsync(10), Cancelled)).Outcome);
        Assert.Equal(["customer_released admin 1 Restored from the backup."],
            await QueryAsync<string>("SELECT concat_ws(' ', kind, actor, reason) FROM store.audit_entry WHERE kind = 'customer_released'"));
    }

    [Fact]
    public async Task A_customer_in_order_is_not_frozen_and_an_unknown_one_is_unknown()
    {
        var store = NewStore();

        Assert.Equal(FreezeOutcome.NoDifference, (await store.FreezeCustomerAsync(10)).Outcome);
        Assert.Equal(FreezeOutcome.UnknownCustomer, (await store.FreezeCustomerAsync(99)).Outcome);
        Assert.Equal(ReleaseOutcome.NotFrozen, (await store.ReleaseCustomerAsync(10, "why", "admin 1")).Outcome);
        Assert.Equal(ReleaseOutcome.UnknownCustomer, (await store.ReleaseCustomerAsync(99, "why", "admin 1")).Outcome);
        Assert.Empty(await QueryAsync<long>("SELECT customer_id FROM store.customer_freeze"));
    }

    /// <summary>What lock_customer does not look at, the proofs of the rules do: they freeze through the same function.</summary>
    [Fact]
    public async Task What_only_the_rules_see_freezes_too()
    {
        var store = NewStore();
        await BuyAsync(store);
        await Breaker.RunAsync("UPDATE store.customer_event SET amount_before = 1, amount_after = 21 WHERE customer_id = @customerId AND sequence_number = 2", 10);

        var reply = await store.FreezeCustomerAsync(10);

        Assert.Equal(FreezeOutcome.Frozen, reply.Outcome);
        Assert.Contains("I6", reply.Detail, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CustomerFrozenException>(async () => await store.PlacePurchaseAsync(await RequestAsync(10), Cancelled));
        await Breaker.RunAsync("UPDATE store.customer_event SET amount_before = 0, amount_after = 20 WHERE customer_id = @customerId AND sequence_number = 2", 10);
        Assert.Equal(ReleaseOutcome.Released, (await store.ReleaseCustomerAsync(10, "why", "admin 1")).Outcome);
    }

    [Fact]
    public async Task A_customer_whose_row_is_gone_is_frozen_as_well()
    {
        await Breaker.RunAsync(
            """
            CREATE TABLE public.gone AS SELECT * FROM store.customer_purchased_amount WHERE customer_id = @customerId;
            ALTER TABLE store.customer_purchased_amount DISABLE TRIGGER customer_purchased_amount_never_deleted;
            DELETE FROM store.customer_purchased_amount WHERE customer_id = @customerId
            """, 10);
        var store = NewStore();

        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => store.FreezeCustomerAsync(10)));

        Assert.Single(replies, reply => reply.Outcome == FreezeOutcome.Frozen);
        Assert.Equal(3, replies.Count(reply => reply.Outcome == FreezeOutcome.AlreadyFrozen));
        Assert.Equal(ReleaseOutcome.StillDiffers, (await store.ReleaseCustomerAsync(10, "why", "admin 1")).Outcome);
        await Breaker.RunAsync(
            """
            INSERT INTO store.customer_purchased_amount SELECT * FROM public.gone;
            DROP TABLE public.gone;
            ALTER TABLE store.customer_purchased_amount ENABLE ALWAYS TRIGGER customer_purchased_amount_never_deleted
            """, 10);
        Assert.Equal(ReleaseOutcome.Released, (await store.ReleaseCustomerAsync(10, "why", "admin 1")).Outcome);
    }

    [Fact]
    public async Task A_freeze_is_not_deleted_changed_or_released_twice()
    {
        await BuyAsync(NewStore());
        await Breaker.BreakAsync("amount", 10);
        await NewStore().FreezeCustomerAsync(10);
        foreach (var sql in new[]
                 {
                     "DELETE FROM store.customer_freeze", "TRUNCATE store.customer_freeze",
                     "UPDATE store.customer_freeze SET detail = 'nothing'",
                 })
        {
            Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(sql))).SqlState);
        }

        await Breaker.MendAsync(10);
        await NewStore().ReleaseCustomerAsync(10, "why", "admin 1");
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("UPDATE store.customer_freeze SET release_reason = 'x'"))).SqlState);
    }

    /// <summary>One confirmed purchase, then a refusal.</summary>
    private async Task<Guid> BuyAsync(Store store)
    {
        var request = await RequestAsync(10);
        Assert.Equal(PurchaseOutcome.Confirmed, (await store.PlacePurchaseAsync(request, Cancelled)).Outcome);
        Assert.Equal(PurchaseOutcome.OverLimit, (await store.PlacePurchaseAsync(await RequestAsync(10, quantity: 50), Cancelled)).Outcome);
        return request.PurchaseId;
    }

    /// <summary>All that money functions write for customer 10, but whether it is frozen.</summary>
    private Task<string> StateAsync() => ScalarAsync<string>(
        """
        SELECT concat_ws(' ',
            (SELECT (to_jsonb(a) - 'is_frozen')::text FROM store.customer_purchased_amount a WHERE a.customer_id = 10),
            (SELECT count(*) || md5(string_agg(e::text, ',' ORDER BY e.sequence_number)) FROM store.customer_event e WHERE e.customer_id = 10),
            (SELECT count(*) || md5(string_agg(p::text, ',' ORDER BY p.purchase_id)) FROM store.purchase p WHERE p.customer_id = 10),
            (SELECT count(*) FROM store.outbox_message o WHERE o.customer_id = 10))
        """);
}
