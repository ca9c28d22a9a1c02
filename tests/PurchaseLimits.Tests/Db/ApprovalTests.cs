using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>Over the limit is a question: asked once, answered by an admin, and no rule is bent.</summary>
public sealed class ApprovalTests(PostgresServer server) : StoreTest(server)
{
    private Store _store = null!;
    private PurchaseRequest _refused = null!;

    /// <summary>Customer 10 has bought $480.00 of $500.00 and was refused $60.00 more.</summary>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(480.00m, 60.00m, 20.00m);
        await AddCustomersAsync(10, 10);
        _store = NewStore();
        await _store.PlacePurchaseAsync(await RequestAsync(10), Cancelled);
        _refused = await RequestAsync(10, productId: 2);
        Assert.Equal(PurchaseOutcome.OverLimit, (await _store.PlacePurchaseAsync(_refused, Cancelled)).Outcome);
    }

    [Fact]
    public async Task An_approval_raises_the_limit_for_this_purchase_alone_and_returns_it()
    {
        Assert.Equal(ApprovalOutcome.Asked, (await AskAsync()).Outcome);
        Assert.Equal(ApprovalOutcome.AlreadyAsked, (await AskAsync()).Outcome);

        var reply = await ApproveAsync();

        Assert.Equal((ApproveOutcome.Approved, "confirmed", 40.00m), (reply.Outcome, reply.Status, reply.RaisedBy));
        Assert.Equal(
            [
                "purchase_awaiting_approval 480.00 of 500.00",
                "limit_changed 480.00 of 540.00",
                "purchase_confirmed 540.00 of 540.00",
                "limit_took_effect 540.00 of 500.00",
            ],
            await QueryAsync<string>("SELECT format('%s %s of %s', kind, amount_after, limit_at_time) FROM store.customer_event WHERE sequence_number > 3 ORDER BY sequence_number"));
        Assert.Equal("540.00 of 500.00, over by 40.00", await ScalarAsync<string>(
            "SELECT format('%s of %s, over by %s', amount, limit_amount, over_by) FROM store.customer_allowance"));
        // Nothing else can be bought with the raise.
        Assert.Equal(PurchaseOutcome.OverLimit, (await _store.PlacePurchaseAsync(await RequestAsync(10, productId: 3), Cancelled)).Outcome);
        Assert.Equal((ApproveOutcome.AlreadyDecided, "confirmed"), Outcome(await ApproveAsync()));
        // One mail about the purchase and one about what it used up, none about the limit that went up and came back.
        Assert.Equal(["limit_notice", "purchase_confirmed"], await QueryAsync<string>("SELECT kind FROM store.outbox_message WHERE sequence_number BETWEEN 5 AND 7 ORDER BY kind"));

        static (ApproveOutcome, string?) Outcome(ApproveReply reply) => (reply.Outcome, reply.Status);
    }

    [Fact]
    public async Task What_an_admin_is_asked_about_leaves_the_cart()
    {
        await ExecuteAsync("INSERT INTO store.cart_line (customer_id, product_id, quantity) VALUES (10, 2, 1), (10, 3, 1)");

        await AskAsync();

        Assert.Equal([3L], await QueryAsync<long>("SELECT product_id FROM store.cart_line"));
    }

    [Fact]
    public async Task What_fits_by_now_is_approved_without_a_raise()
    {
        await AskAsync();
        await _store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 600m, null, null, "raise", "admin 1"));

        Assert.Equal(0m, (await ApproveAsync()).RaisedBy);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.limit_change"));
    }

    [Fact]
    public async Task A_refused_customer_asks_once_with_a_note_and_only_about_the_limit()
    {
        Assert.Equal(ApprovalOutcome.UnknownPurchase, (await _store.AskApprovalAsync(10, Guid.CreateVersion7(), "please")).Outcome);
        Assert.Equal(ApprovalOutcome.NotRefusedForLimit, (await _store.AskApprovalAsync(10, await ConfirmedAsync(), "please")).Outcome);
        await AskAsync();
        Assert.Equal(DeclineOutcome.Declined, (await _store.DeclinePurchaseAsync(10, _refused.PurchaseId, "Not this year", "admin 1")).Outcome);

        Assert.Equal(ApprovalOutcome.AskedBefore, (await AskAsync()).Outcome);
        Assert.Equal("refused Not this year", await LastAsync());
        Assert.Equal(DeclineOutcome.AlreadyDecided, (await _store.DeclinePurchaseAsync(10, _refused.PurchaseId, "Again", "admin 1")).Outcome);
        Assert.Equal(480.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task What_fits_now_is_simply_bought()
    {
        await _store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 600m, null, null, "raise", "admin 1"));

        Assert.Equal(ApprovalOutcome.FitsNow, (await AskAsync()).Outcome);
    }

    [Fact]
    public async Task Nobody_approves_a_sum_that_is_not_known()
    {
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (4, 1, 'Four', '', 'mug')");
        var order = _refused with { PurchaseId = Guid.CreateVersion7(), ShownTotal = 90.00m, Lines = [new(4, 1, 90.00m)] };
        Assert.Equal(PurchaseOutcome.OverLimit, (await _store.PlacePurchaseAsync(order, Cancelled)).Outcome);

        Assert.Equal(ApprovalOutcome.PriceMissing, (await _store.AskApprovalAsync(10, order.PurchaseId, "please")).Outcome);
    }

    [Fact]
    public async Task Nobody_decides_their_own()
    {
        await AskAsync();

        Assert.Equal(ApproveOutcome.OwnRequest, (await ApproveAsync("customer 10")).Outcome);
        Assert.Equal(DeclineOutcome.OwnRequest, (await _store.DeclinePurchaseAsync(10, _refused.PurchaseId, "no", "customer 10")).Outcome);
        Assert.Equal(480.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task A_product_that_was_withdrawn_meanwhile_is_not_sold_by_an_approval()
    {
        await AskAsync();
        await ExecuteAsync("UPDATE store.product SET withdrawn_at = now() WHERE product_id = 2");

        Assert.Equal(ApproveOutcome.ProductUnavailable, (await ApproveAsync()).Outcome);
    }

    [Fact]
    public async Task Nobody_approves_a_greater_raise_than_they_were_told_of()
    {
        await AskAsync();

        var grown = await ApproveAsync(raiseAtMost: 39.99m);

        Assert.Equal((ApproveOutcome.RaiseGrew, 40.00m), (grown.Outcome, grown.RaisedBy));
        Assert.Equal(480.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task No_admin_alone_raises_a_limit_for_a_purchase_above_what_takes_two()
    {
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 539.99");
        await AskAsync();

        Assert.Equal(ApproveOutcome.NeedsSecondAdmin, (await ApproveAsync()).Outcome);
        Assert.Equal(480.00m, await BoughtAsync(10));

        var raise = new LimitRaiseRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 540m, null, "For a wedding");
        await _store.RequestLimitAsync(raise, "admin 1");
        Assert.Equal(LimitApprovalOutcome.Approved, (await _store.ApproveLimitRequestAsync(new(10, raise.LimitRequestId, Guid.CreateVersion7(), 540m, null, "", "admin 2"))).Outcome);
        Assert.Equal((ApproveOutcome.Approved, 0m), ((await ApproveAsync()) is var reply ? reply.Outcome : default, reply.RaisedBy));
    }

    [Fact]
    public async Task A_request_that_nobody_answers_expires()
    {
        await ExecuteAsync("UPDATE store.store_setting SET approval_life = interval '1 second'");
        await AskAsync();
        await UntilAsync("SELECT bool_or(expires_at < clock_timestamp()) FROM store.purchase");

        Assert.Equal(ApproveOutcome.AlreadyDecided, (await ApproveAsync()).Outcome);
        Assert.Equal("expired", (await LastAsync()).Trim());
        Assert.Equal(480.00m, await BoughtAsync(10));
    }

    [Fact]
    public async Task The_customer_may_withdraw_the_question()
    {
        await AskAsync();

        Assert.Equal(CancelOutcome.Cancelled, (await _store.CancelPurchaseAsync(10, _refused.PurchaseId)).Outcome);
        Assert.Equal(ApproveOutcome.AlreadyDecided, (await ApproveAsync()).Outcome);
    }

    [Fact]
    public async Task Two_admins_at_once_decide_it_once()
    {
        await AskAsync();
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];

        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => stores[i % 2].ApprovePurchaseAsync(
            new(10, _refused.PurchaseId, 40.00m, Guid.CreateVersion7(), "", $"admin {i}")))));

        Assert.Single(replies, reply => reply.Outcome == ApproveOutcome.Approved);
        Assert.Equal(7, replies.Count(reply => reply.Outcome == ApproveOutcome.AlreadyDecided));
        Assert.Equal(540.00m, await BoughtAsync(10));
    }

    private Task<ApprovalReply> AskAsync() => _store.AskApprovalAsync(10, _refused.PurchaseId, "It is for a wedding");

    private Task<ApproveReply> ApproveAsync(string actor = "admin 1", decimal raiseAtMost = 40.00m) => _store.ApprovePurchaseAsync(
        new(10, _refused.PurchaseId, raiseAtMost, Guid.CreateVersion7(), "", actor));

    private Task<Guid> ConfirmedAsync() => ScalarAsync<Guid>("SELECT purchase_id FROM store.purchase WHERE status = 'confirmed'");

    private Task<string> LastAsync() => ScalarAsync<string>(
        "SELECT p.status || ' ' || e.reason FROM store.purchase p JOIN store.customer_event e ON e.customer_id = p.customer_id AND e.sequence_number = p.last_sequence_number WHERE p.purchase_id = @PurchaseId",
        _refused);
}
