using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>What is bought may come back: once each, never more than it cost.</summary>
public sealed class RefundTests(PostgresServer server) : StoreTest(server)
{
    private Store _store = null!;
    private PurchaseRequest _bought = null!;

    /// <summary>Customer 10 has bought 3 × $20.00 and 1 × $40.00.</summary>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m, 40.00m);
        await AddCustomersAsync(10, 10);
        _store = NewStore();
        _bought = await RequestAsync(10) with { ShownTotal = 100.00m, Lines = [new(1, 3), new(2, 1)] };
        Assert.Equal(PurchaseOutcome.Confirmed, (await _store.PlacePurchaseAsync(_bought, Cancelled)).Outcome);
    }

    [Fact]
    public async Task By_amount_by_line_and_the_rest()
    {
        var amount = await RefundAsync(10.00m);
        Assert.Equal((RefundOutcome.Refunded, "partly_refunded", 10.00m, 10.00m, 90.00m), Facts(amount));
        var line = await RefundAsync(lines: [(1, 2)]);
        Assert.Equal((RefundOutcome.Refunded, "partly_refunded", 40.00m, 40.00m, 50.00m), Facts(line));
        var rest = await RefundAsync(50.00m);
        Assert.Equal((RefundOutcome.Refunded, "refunded", 50.00m, 50.00m, 0.00m), Facts(rest));

        Assert.Equal(0m, await BoughtAsync(10));
        Assert.Equal(RefundOutcome.NotRefundable, (await RefundAsync(0.01m)).Outcome);
        Assert.Equal(3, await ScalarAsync<long>("SELECT count(*) FROM store.refund"));
    }

    [Theory]
    [InlineData(100.01, 0, 0)]
    [InlineData(0, 1, 4)]
    [InlineData(0, 9, 1)]
    public async Task More_than_was_bought_never_comes_back(double amount, long productId, int quantity)
    {
        var reply = productId == 0 ? await RefundAsync((decimal)amount) : await RefundAsync(lines: [(productId, quantity)]);

        Assert.Equal((RefundOutcome.ExceedsPurchase, 100.00m), (reply.Outcome, reply.Refundable));
        Assert.Equal(100.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task A_line_comes_back_no_more_often_than_it_was_bought_and_no_more_than_is_left()
    {
        Assert.Equal(RefundOutcome.Refunded, (await RefundAsync(lines: [(1, 2)])).Outcome);
        Assert.Equal(RefundOutcome.ExceedsPurchase, (await RefundAsync(lines: [(1, 2)])).Outcome);
        Assert.Equal(RefundOutcome.Refunded, (await RefundAsync(50.00m)).Outcome);
        // Of the line one is left, of the money only $10.00.
        Assert.Equal(RefundOutcome.ExceedsPurchase, (await RefundAsync(lines: [(1, 1)])).Outcome);
        Assert.Equal(10.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task The_same_refund_happens_once()
    {
        var id = Guid.CreateVersion7();
        var first = await RefundAsync(10.00m, id: id);

        var again = await RefundAsync(10.00m, id: id);

        Assert.Equal((RefundOutcome.AlreadyRecorded, 10.00m), (again.Outcome, again.RefundedAmount));
        Assert.Equal(RefundOutcome.Refunded, first.Outcome);
        Assert.Equal(RefundOutcome.KeyReused, (await RefundAsync(11.00m, id: id)).Outcome);
        Assert.Equal(RefundOutcome.KeyReused, (await RefundAsync(lines: [(1, 1)], id: id)).Outcome);
        Assert.Equal(RefundOutcome.KeyReused, (await RefundAsync(10.00m, id: id, reason: "another")).Outcome);
        var lines = Guid.CreateVersion7();
        Assert.Equal(RefundOutcome.Refunded, (await RefundAsync(lines: [(2, 1), (1, 1)], id: lines)).Outcome);
        Assert.Equal(RefundOutcome.AlreadyRecorded, (await RefundAsync(lines: [(1, 1), (2, 1)], id: lines)).Outcome);
        Assert.Equal(30.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task The_store_decides_whether_the_allowance_returns_and_the_event_says_so()
    {
        await ExecuteAsync("UPDATE store.store_setting SET refund_restores_allowance = false");
        Assert.Equal(0m, (await RefundAsync(60.00m)).Restored);
        Assert.Equal(100.00m, await BoughtAsync(10));
        await ExecuteAsync("UPDATE store.store_setting SET refund_restores_allowance = true");
        Assert.Equal(40.00m, (await RefundAsync(40.00m)).Restored);
        Assert.Equal(60.00m, await BoughtAsync(10));

        Assert.Equal(["purchase_partly_refunded 60.00 restored 0", "purchase_refunded 40.00 restored 40.00"], await QueryAsync<string>(
            "SELECT format('%s %s restored %s', kind, amount, restored) FROM store.customer_event WHERE kind LIKE '%refunded' ORDER BY sequence_number"));
    }

    [Fact]
    public async Task A_refund_works_after_a_cut_and_never_raises_what_is_left_above_the_limit()
    {
        await _store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 30m, null, null, "cut", "admin 1"));

        Assert.Equal(RefundOutcome.Refunded, (await RefundAsync(80.00m)).Outcome);
        Assert.Equal("20.00 of 30, left 10.00, ceiling 30", await ScalarAsync<string>(
            "SELECT format('%s of %s, left %s, ceiling %s', a.amount, a.limit_amount, w.left_amount, a.ceiling) FROM store.customer_purchased_amount a JOIN store.customer_allowance w USING (customer_id)"));
    }

    [Fact]
    public async Task Two_refunds_at_once_never_exceed_the_purchase()
    {
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => stores[i % 2].RefundPurchaseAsync(
            new(10, _bought.PurchaseId, Guid.CreateVersion7(), 30.00m, [], "why", "admin 1")))));

        Assert.Equal(3, replies.Count(reply => reply.Outcome == RefundOutcome.Refunded));
        Assert.Equal(17, replies.Count(reply => reply.Outcome == RefundOutcome.ExceedsPurchase));
        Assert.Equal(10.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task What_was_not_bought_is_not_refunded()
    {
        var refused = await RequestAsync(10, quantity: 90);
        await _store.PlacePurchaseAsync(refused, Cancelled);

        Assert.Equal((RefundOutcome.NotRefundable, "refused"), Outcome(await RefundAsync(1.00m, purchaseId: refused.PurchaseId)));
        Assert.Equal(RefundOutcome.UnknownPurchase, (await RefundAsync(1.00m, purchaseId: Guid.CreateVersion7())).Outcome);
        Assert.Equal(RefundOutcome.NothingToRefund, (await RefundAsync(0.00m)).Outcome);

        static (RefundOutcome, string?) Outcome(RefundReply reply) => (reply.Outcome, reply.Status);
    }

    [Theory]
    [InlineData("NULL, '{}', '{}'", "PL001")]
    [InlineData("5, '{1}', '{1}'", "PL001")]
    [InlineData("NULL, '{1}', '{1,2}'", "PL001")]
    [InlineData("NULL, '{1,1}', '{1,1}'", "PL001")]
    [InlineData("NULL, '{1,2}', '{1,NULL}'", "PL001")]
    [InlineData("0.005, NULL, NULL", "PL001")]
    [InlineData("-1, NULL, NULL", "PL001")]
    [InlineData("'NaN', NULL, NULL", "PL001")]
    public async Task Arguments_that_make_no_sense_are_an_error_and_change_nothing(string arguments, string sqlState)
    {
        await using var connection = await As("store_admin").OpenConnectionAsync(Cancelled);
        await using var command = new NpgsqlCommand(
            $"SELECT * FROM store.refund_purchase(10, '{_bought.PurchaseId}', gen_random_uuid(), {arguments}, 'why', 'admin 1')", connection);

        Assert.Equal(sqlState, (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Cancelled))).SqlState);
        Assert.Equal(100.00m, await BoughtAsync(10));
    }

    private static (RefundOutcome, string?, decimal?, decimal?, decimal?) Facts(RefundReply reply) =>
        (reply.Outcome, reply.Status, reply.RefundedAmount, reply.Restored, reply.Refundable);

    private Task<RefundReply> RefundAsync(
        decimal? amount = null, (long ProductId, int Quantity)[]? lines = null, Guid? id = null, string reason = "why", Guid? purchaseId = null) =>
        _store.RefundPurchaseAsync(new(10, purchaseId ?? _bought.PurchaseId, id ?? Guid.CreateVersion7(), amount,
            [.. (lines ?? []).Select(line => new PurchaseRequestLine(line.ProductId, line.Quantity))], reason, "admin 1"));
}
