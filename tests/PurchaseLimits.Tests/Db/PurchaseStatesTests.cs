using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>A purchase that waits: for a price, for a worker, for an admin; and what ends the waiting.</summary>
public sealed class PurchaseStatesTests(PostgresServer server) : StoreTest(server)
{
    private Store _store = null!;

    /// <summary>Products 1 and 2 cost $20.00 and $480.00; 3 and 4 have no price.</summary>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m, 480.00m);
        await ExecuteAsync(
            """
            INSERT INTO store.product (product_id, category_id, name, description, tile)
            VALUES (3, 1, 'Three', '', 'mug'), (4, 1, 'Four', '', 'mug')
            """);
        await AddCustomersAsync(10, 10);
        _store = NewStore();
    }

    [Fact]
    public async Task What_has_no_price_is_held_at_the_customers_at_most_until_a_deadline()
    {
        var request = await HoldAsync((1, 2, null), (3, 1, 50.00m));

        Assert.Equal("processing 90.00 held 90.00 for 3 days", await ScalarAsync<string>(
            "SELECT format('%s %s held %s for %s', status, total, held, date_trunc('day', expires_at - placed_at)) FROM store.purchase"));
        Assert.Equal((0m, 90.00m, 410.00m), await AllowanceAsync());
        Assert.Equal(["2 × 20.00"], await QueryAsync<string>("SELECT format('%s × %s', quantity, unit_price) FROM store.purchase_line"));
        Assert.Equal(["1 × at most 50.00"], await QueryAsync<string>("SELECT format('%s × at most %s', quantity, at_most) FROM store.purchase_line_on_request"));
        Assert.Equal(PurchaseOutcome.AlreadyRecorded, (await _store.PlacePurchaseAsync(request, Cancelled)).Outcome);
        // What is held is not there for others.
        Assert.Equal(PurchaseOutcome.OverLimit, (await _store.PlacePurchaseAsync(await RequestAsync(10, productId: 2), Cancelled)).Outcome);
    }

    [Fact]
    public async Task Without_an_at_most_or_above_the_limit_with_it_nothing_is_held()
    {
        Assert.Equal(PurchaseOutcome.ProductUnavailable, (await _store.PlacePurchaseAsync(await OrderAsync((3, 1, null)), Cancelled)).Outcome);
        var over = await _store.PlacePurchaseAsync(await OrderAsync((2, 1, null), (3, 1, 20.01m)), Cancelled);

        Assert.Equal((PurchaseOutcome.OverLimit, 0.01m), (over.Outcome, over.OverBy));
        Assert.Equal((0m, 0m, 500m), await AllowanceAsync());
    }

    [Fact]
    public async Task The_price_confirms_it_at_the_price_and_gives_the_rest_back()
    {
        var request = await HoldAsync((1, 1, null), (3, 2, 50.00m));
        await PriceAsync(3, 30.00m);

        Assert.Equal(ResumeOutcome.Confirmed, await _store.ResumePurchaseAsync(10, request.PurchaseId));
        Assert.Equal(ResumeOutcome.NotProcessing, await _store.ResumePurchaseAsync(10, request.PurchaseId));
        Assert.Equal((80.00m, 0m, 420.00m), await AllowanceAsync());
        Assert.Equal("confirmed 80.00", await StateAsync(request));
        Assert.Equal(["1 × 20.00", "2 × 30.00"], await QueryAsync<string>("SELECT format('%s × %s', quantity, unit_price) FROM store.purchase_line ORDER BY product_id"));
        // The same key is answered as it was first.
        Assert.Equal("processing", (await _store.PlacePurchaseAsync(request, Cancelled)).Status);
    }

    [Fact]
    public async Task Several_missing_prices_resume_it_only_when_the_last_arrives()
    {
        var request = await HoldAsync((3, 1, 50.00m), (4, 1, 60.00m));
        await PriceAsync(3, 10.00m);
        Assert.Equal(ResumeOutcome.StillWaiting, await _store.ResumePurchaseAsync(10, request.PurchaseId));
        Assert.Equal((0m, 110.00m, 390.00m), await AllowanceAsync());

        await PriceAsync(4, 60.00m);

        Assert.Equal(ResumeOutcome.Confirmed, await _store.ResumePurchaseAsync(10, request.PurchaseId));
        Assert.Equal("confirmed 70.00", await StateAsync(request));
    }

    [Fact]
    public async Task A_price_above_the_at_most_refuses_it_and_says_so()
    {
        var request = await HoldAsync((3, 1, 50.00m));
        await PriceAsync(3, 50.01m);

        Assert.Equal(ResumeOutcome.Refused, await _store.ResumePurchaseAsync(10, request.PurchaseId));
        Assert.Equal((0m, 0m, 500m), await AllowanceAsync());
        Assert.Equal("Three costs $50.01, which is above the “at most” of $50.00.", await LastReasonAsync(request));
    }

    [Fact]
    public async Task A_price_that_came_before_the_order_was_sent_counts_and_one_above_the_at_most_asks_again()
    {
        var order = await OrderAsync((3, 1, 50.00m));
        await PriceAsync(3, 49.00m);
        Assert.Equal((PurchaseOutcome.Confirmed, 49.00m), Outcome(await _store.PlacePurchaseAsync(order, Cancelled)));

        order = await OrderAsync((4, 1, 50.00m)) with { ShownTotal = 60.00m };
        await PriceAsync(4, 51.00m);
        Assert.Equal((PurchaseOutcome.PriceChanged, 51.00m), Outcome(await _store.PlacePurchaseAsync(order, Cancelled)));

        static (PurchaseOutcome, decimal?) Outcome(PurchaseReply reply) => (reply.Outcome, reply.Total);
    }

    [Fact]
    public async Task A_limit_cut_below_what_is_held_refuses_it_when_the_price_comes()
    {
        var request = await HoldAsync((3, 1, 50.00m));
        await _store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 49.99m, null, null, "cut", "admin 1"));
        await PriceAsync(3, 50.00m);

        Assert.Equal(ResumeOutcome.Refused, await _store.ResumePurchaseAsync(10, request.PurchaseId));
        Assert.Equal((0m, 0m, 49.99m), await AllowanceAsync());
    }

    [Fact]
    public async Task A_product_that_is_withdrawn_meanwhile_refuses_it()
    {
        var request = await HoldAsync((3, 1, 50.00m));
        await ExecuteAsync("UPDATE store.product SET withdrawn_at = now() WHERE product_id = 3");

        Assert.Equal(ResumeOutcome.Refused, await _store.ResumePurchaseAsync(10, request.PurchaseId));
        Assert.Equal("A product in it is no longer sold.", await LastReasonAsync(request));
    }

    [Fact]
    public async Task A_product_with_a_price_that_is_withdrawn_meanwhile_refuses_it_too()
    {
        var request = await HoldAsync((1, 1, null), (3, 1, 50.00m));
        await ExecuteAsync("UPDATE store.product SET withdrawn_at = now() WHERE product_id = 1");
        await PriceAsync(3, 40.00m);

        Assert.Equal(ResumeOutcome.Refused, await _store.ResumePurchaseAsync(10, request.PurchaseId));
        Assert.Equal((0m, 0m, 500m), await AllowanceAsync());
    }

    [Fact]
    public async Task The_at_most_holds_where_another_line_fell_in_price_meanwhile()
    {
        // As when a price was being set while the page was rendered: the page knew of none.
        var order = await OrderAsync((1, 1, null), (2, 1, 5.00m));
        await PriceAsync(1, 0.01m);

        Assert.Equal(PurchaseOutcome.PriceChanged, (await _store.PlacePurchaseAsync(order with { ShownTotal = 500.00m }, Cancelled)).Outcome);
    }

    [Fact]
    public async Task The_refusal_names_a_line_and_its_own_price()
    {
        var request = await HoldAsync((3, 1, 50.00m), (4, 1, 50.00m));
        await PriceAsync(3, 90.00m);
        await PriceAsync(4, 60.00m);
        await _store.ResumePurchaseAsync(10, request.PurchaseId);

        Assert.Equal("Four costs $60.00, which is above the “at most” of $50.00.", await LastReasonAsync(request));
    }

    [Fact]
    public async Task A_hold_whose_deadline_passed_never_refuses_a_purchase_whether_or_not_a_worker_ran()
    {
        await HoldLifeAsync("1 second");
        var held = await HoldAsync((3, 1, 400.00m));
        var all = await RequestAsync(10, productId: 2);
        Assert.Equal(PurchaseOutcome.OverLimit, (await _store.PlacePurchaseAsync(all, Cancelled)).Outcome);
        await UntilAsync("SELECT expires_at < clock_timestamp() FROM store.purchase WHERE status = 'processing'");

        // Nobody wrote anything yet, and the hold counts no more, on pages and in the decision.
        Assert.Equal((0m, 0m, 500m), await AllowanceAsync());
        Assert.Equal(PurchaseOutcome.Confirmed, (await _store.PlacePurchaseAsync(all with { PurchaseId = Guid.CreateVersion7() }, Cancelled)).Outcome);

        Assert.Equal("expired 400.00", await StateAsync(held));
        Assert.Equal(ResumeOutcome.NotProcessing, await _store.ResumePurchaseAsync(10, held.PurchaseId));
        Assert.Equal((480.00m, 0m, 20.00m), await AllowanceAsync());
        Assert.Equal("system", await ScalarAsync<string>("SELECT actor FROM store.customer_event WHERE kind = 'purchase_expired'"));
    }

    [Fact]
    public async Task A_deadline_that_passed_settles_only_what_is_due()
    {
        await HoldLifeAsync("1 second");
        var early = await HoldAsync((3, 1, 100.00m));
        await HoldLifeAsync("1 hour");
        var late = await HoldAsync((4, 1, 100.00m));
        await UntilAsync("SELECT bool_or(expires_at < clock_timestamp()) FROM store.purchase");

        Assert.Equal(1, await _store.DecidePurchaseRequestsAsync(10, 0));
        Assert.Equal(0, await _store.DecidePurchaseRequestsAsync(10, 0));

        Assert.Equal(("expired 100.00", "processing 100.00"), (await StateAsync(early), await StateAsync(late)));
        Assert.True(await ScalarAsync<bool>("SELECT a.next_due_at = p.expires_at FROM store.customer_purchased_amount a JOIN store.purchase p USING (customer_id) WHERE p.status = 'processing'"));
    }

    [Fact]
    public async Task Cancelling_releases_what_is_held_once()
    {
        var request = await HoldAsync((3, 1, 50.00m));

        Assert.Equal(CancelOutcome.Cancelled, (await CancelAsync(request)).Outcome);
        Assert.Equal(CancelOutcome.AlreadyCancelled, (await CancelAsync(request)).Outcome);
        Assert.Equal((0m, 0m, 500m), await AllowanceAsync());
        await PriceAsync(3, 10.00m);
        Assert.Equal(ResumeOutcome.NotProcessing, await _store.ResumePurchaseAsync(10, request.PurchaseId));
    }

    [Fact]
    public async Task What_was_decided_cannot_be_cancelled_nor_what_is_somebody_elses()
    {
        await AddCustomersAsync(11, 11);
        var request = await RequestAsync(10);
        await _store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal((CancelOutcome.TooLate, "confirmed"), Outcome(await CancelAsync(request)));
        Assert.Equal(CancelOutcome.UnknownPurchase, (await CancelAsync(request with { CustomerId = 11 })).Outcome);
        Assert.Equal(CancelOutcome.UnknownPurchase, (await CancelAsync(request with { CustomerId = 99 })).Outcome);

        static (CancelOutcome, string?) Outcome(CancelReply reply) => (reply.Outcome, reply.Status);
    }

    [Fact]
    public async Task A_cancel_a_price_and_a_purchase_at_once_end_in_one_order_or_another()
    {
        for (var round = 0; round < 10; round++)
        {
            await ResetAsync();
            await InitializeProductsAgainAsync();
            var held = await HoldAsync((3, 1, 300.00m));
            await PriceAsync(3, 250.00m);
            var other = await RequestAsync(10, productId: 2);

            await Task.WhenAll(
                Task.Run(() => CancelAsync(held)),
                Task.Run(() => _store.ResumePurchaseAsync(10, held.PurchaseId)),
                Task.Run(() => _store.PlacePurchaseAsync(other)));

            Assert.True(await StateAsync(held) is "cancelled 300.00" or "confirmed 250.00");
            Assert.Empty(await QueryAsync<string>("SELECT detail FROM store.integrity_violation"));
        }
    }

    [Theory]
    [InlineData("processing", "refunded")]
    [InlineData("confirmed", "refused")]
    [InlineData("refused", "confirmed")]
    [InlineData("expired", "confirmed")]
    [InlineData("cancelled", "processing")]
    [InlineData("refunded", "partly_refunded")]
    public async Task A_status_that_may_not_follow_is_refused_by_a_foreign_key(string from, string to)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(
            """
            INSERT INTO store.customer_event (customer_id, sequence_number, kind, purchase_id, amount, amount_before, amount_after,
                                              held_before, held_after, limit_at_time, actor, reason, previous_kind, previous_purchase_sequence_number)
            VALUES (10, 2, 'purchase_' || @to, gen_random_uuid(), 0, 0, 0, 0, 0, 500, 'x', 'y', 'purchase_' || @from, 1)
            """,
            new { from, to }));

        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, error.SqlState);
    }

    [Theory]
    [InlineData("UPDATE store.purchase SET status = 'refunded', refunded = total", "23503", "purchase_status_is_what_its_last_event_says")]
    [InlineData("UPDATE store.purchase SET refunded = 1", "23514", "purchase_refunded_within_total")]
    [InlineData("UPDATE store.purchase SET held = 1", "23514", "purchase_waits_exactly_while_it_may_expire")]
    [InlineData("UPDATE store.purchase SET expires_at = now()", "23514", "purchase_waits_exactly_while_it_may_expire")]
    [InlineData("UPDATE store.purchase SET last_sequence_number = 1", "23503", "purchase_status_is_what_its_last_event_says")]
    [InlineData("DELETE FROM store.refund", "42501", null)]
    [InlineData("UPDATE store.refund_line SET quantity = 2", "42501", null)]
    [InlineData("TRUNCATE store.purchase_line_on_request", "42501", null)]
    public async Task A_row_that_breaks_a_rule_is_refused(string sql, string sqlState, string? constraint)
    {
        var request = await RequestAsync(10, quantity: 2);
        await _store.PlacePurchaseAsync(request, Cancelled);
        if (sql.Contains("refund", StringComparison.Ordinal) && sqlState == "42501")
            await _store.RefundPurchaseAsync(new(10, request.PurchaseId, Guid.CreateVersion7(), null, [new(1, 1)], "why", "admin 1"));

        var error = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(sql));

        Assert.Equal((sqlState, constraint), (error.SqlState, error.ConstraintName));
    }

    private Task<CancelReply> CancelAsync(PurchaseRequest request) =>
        _store.CancelPurchaseAsync(request.CustomerId, request.PurchaseId);

    private async Task<PurchaseRequest> HoldAsync(params (long ProductId, int Quantity, decimal? AtMost)[] lines)
    {
        var order = await OrderAsync(lines);
        var reply = await _store.PlacePurchaseAsync(order, Cancelled);
        Assert.Equal((PurchaseOutcome.Processing, "processing", order.ShownTotal), (reply.Outcome, reply.Status, reply.Total));
        return order;
    }

    private async Task<PurchaseRequest> OrderAsync(params (long ProductId, int Quantity, decimal? AtMost)[] lines)
    {
        var prices = (await QueryAsync<(long, decimal)>("SELECT product_id, price FROM store.current_price")).ToDictionary(row => row.Item1, row => row.Item2);
        var pricedAt = await ScalarAsync<DateTime>("SELECT clock_timestamp()");
        return new PurchaseRequest(10, Guid.CreateVersion7(), pricedAt.ToUniversalTime(),
            lines.Sum(line => line.Quantity * (line.AtMost ?? prices.GetValueOrDefault(line.ProductId))),
            [.. lines.Select(line => new PurchaseRequestLine(line.ProductId, line.Quantity, line.AtMost))]);
    }

    private async Task PriceAsync(long productId, decimal price) =>
        Assert.Equal(PriceOutcome.PriceSet, (await _store.SetPriceAsync(new(productId, price, null, "admin 1"))).Outcome);

    private Task HoldLifeAsync(string life) => ExecuteAsync("UPDATE store.store_setting SET hold_life = @life::interval", new { life });

    private async Task<(decimal Bought, decimal Held, decimal Left)> AllowanceAsync() =>
        (await QueryAsync<(decimal, decimal, decimal)>("SELECT amount, held, left_amount FROM store.customer_allowance WHERE customer_id = 10")).Single();

    private Task<string> StateAsync(PurchaseRequest request) =>
        ScalarAsync<string>("SELECT status || ' ' || total FROM store.purchase WHERE purchase_id = @PurchaseId", request);

    private Task<string> LastReasonAsync(PurchaseRequest request) => ScalarAsync<string>(
        "SELECT reason FROM store.customer_event WHERE purchase_id = @PurchaseId ORDER BY sequence_number DESC LIMIT 1", request);

    private async Task InitializeProductsAgainAsync()
    {
        await AddProductsAsync(20.00m, 480.00m);
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (3, 1, 'Three', '', 'mug'), (4, 1, 'Four', '', 'mug')");
        await AddCustomersAsync(10, 10);
    }
}
