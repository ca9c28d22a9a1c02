using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

public sealed class PlacePurchaseTests(PostgresServer server) : StoreTest(server)
{
    private Store _store = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m, 480.00m, 0.01m);
        await AddCustomersAsync(10, 10);
        _store = NewStore();
    }

    [Fact]
    public async Task A_purchase_is_recorded_with_its_event_its_lines_and_the_row()
    {
        var request = (await RequestAsync(10)) with
        {
            ShownTotal = 500.00m,
            Lines = [new(2, 1), new(1, 1)],
        };

        var reply = await _store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal(new PurchaseReply
        {
            Outcome = PurchaseOutcome.Confirmed,
            Status = "confirmed",
            Total = 500.00m,
            LeftAmount = 0.00m,
            OverBy = 0m,
            SequenceNumber = 2,
        }, reply);
        Assert.Equal(500.00m, await BoughtAsync(10));
        Assert.Equal(["1 × 20.00", "1 × 480.00"], await QueryAsync<string>(
            "SELECT format('%s × %s', quantity, unit_price) FROM store.purchase_line WHERE purchase_id = @PurchaseId ORDER BY product_id", request));
        Assert.Equal(["purchase_confirmed 0 -> 500.00 of 500.00 by customer 10"], await QueryAsync<string>(
            """
            SELECT format('%s %s -> %s of %s by %s', kind, amount_before, amount_after, limit_at_time, actor)
            FROM store.customer_event
            WHERE purchase_id = @PurchaseId
            """, request));
    }

    [Fact]
    public async Task To_the_limit_is_fine_and_one_cent_more_is_refused_and_recorded()
    {
        await _store.PlacePurchaseAsync(await RequestAsync(10, productId: 2), Cancelled);
        Assert.Equal(PurchaseOutcome.Confirmed, (await _store.PlacePurchaseAsync(await RequestAsync(10), Cancelled)).Outcome);

        var refused = await _store.PlacePurchaseAsync(await RequestAsync(10, productId: 3), Cancelled);

        Assert.Equal(PurchaseOutcome.OverLimit, refused.Outcome);
        Assert.Equal(("refused", 0.01m, 0.00m, 0.01m), (refused.Status, refused.Total, refused.LeftAmount, refused.OverBy));
        Assert.Equal(500.00m, await BoughtAsync(10));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.customer_event WHERE kind = 'purchase_refused'"));
    }

    [Fact]
    public async Task The_same_key_gets_the_same_receipt_whatever_happened_since()
    {
        var request = await RequestAsync(10, productId: 2);
        var first = await _store.PlacePurchaseAsync(request, Cancelled);
        await _store.PlacePurchaseAsync(await RequestAsync(10), Cancelled);
        await ExecuteAsync("UPDATE store.store_setting SET quote_life = interval '1 microsecond'");

        var again = await _store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal(first with { Outcome = PurchaseOutcome.AlreadyRecorded }, again);
    }

    [Fact]
    public async Task The_same_key_of_a_refusal_gets_the_refusal_even_when_it_would_fit_now()
    {
        await _store.PlacePurchaseAsync(await RequestAsync(10, productId: 2), Cancelled);
        var request = await RequestAsync(10, quantity: 2);
        var refused = await _store.PlacePurchaseAsync(request, Cancelled);
        await _store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 1000m, null, null, "raise", "admin 1"));

        Assert.Equal(refused with { Outcome = PurchaseOutcome.AlreadyRecorded }, await _store.PlacePurchaseAsync(request, Cancelled));
    }

    [Fact]
    public async Task The_same_key_with_other_content_is_told_so_and_changes_nothing()
    {
        var request = await RequestAsync(10);
        await _store.PlacePurchaseAsync(request, Cancelled);

        foreach (var other in new[]
                 {
                     request with { Lines = [new(1, 2)] },
                     request with { Lines = [new(2, 1)] },
                     request with { ShownTotal = 20.01m },
                     request with { PricedAt = request.PricedAt.AddMicroseconds(-1) },
                 })
        {
            Assert.Equal(new PurchaseReply { Outcome = PurchaseOutcome.KeyReused }, await _store.PlacePurchaseAsync(other, Cancelled));
        }

        Assert.Equal(20.00m, await BoughtAsync(10));
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM store.customer_event"));
    }

    [Fact]
    public async Task The_same_request_is_the_same_in_a_session_with_other_settings()
    {
        var request = await RequestAsync(10);
        await _store.PlacePurchaseAsync(request, Cancelled);

        await using var connection = await As("store_web").OpenConnectionAsync(Cancelled);
        await using var command = new NpgsqlCommand(
            "SET DateStyle = 'German'; SET TimeZone = 'Asia/Tokyo'; SELECT outcome FROM store.place_purchase(10, @id, @pricedAt, 20, '{1}', '{1}', '{null}')", connection);
        command.Parameters.AddWithValue("id", request.PurchaseId);
        command.Parameters.AddWithValue("pricedAt", request.PricedAt.UtcDateTime);

        Assert.Equal("already_recorded", await command.ExecuteScalarAsync(Cancelled));
    }

    [Fact]
    public async Task A_key_belongs_to_its_customer()
    {
        await AddCustomersAsync(11, 11);
        var request = await RequestAsync(10);
        await _store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal(PurchaseOutcome.Confirmed, (await _store.PlacePurchaseAsync(request with { CustomerId = 11 }, Cancelled)).Outcome);
    }

    [Fact]
    public async Task An_unknown_customer_is_an_outcome()
    {
        Assert.Equal(PurchaseOutcome.UnknownCustomer, (await _store.PlacePurchaseAsync(await RequestAsync(99), Cancelled)).Outcome);
    }

    [Fact]
    public async Task Unknown_withdrawn_and_unpriced_products_are_unavailable_and_change_nothing()
    {
        await ExecuteAsync(
            """
            INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (4, 1, 'On request', '', 'mug');
            UPDATE store.product SET withdrawn_at = now() WHERE product_id = 3
            """);
        var request = await RequestAsync(10);

        foreach (var productId in new long[] { 3, 4, 99 })
        {
            var reply = await _store.PlacePurchaseAsync(request with { Lines = [new(1, 1), new(productId, 1)] }, Cancelled);
            Assert.Equal((PurchaseOutcome.ProductUnavailable, productId), (reply.Outcome, reply.ProductId));
        }

        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.customer_event"));
    }

    [Fact]
    public async Task What_was_bought_leaves_the_cart_and_what_was_refused_stays()
    {
        await ExecuteAsync("INSERT INTO store.cart_line VALUES (10, 1, 1), (10, 2, 2), (10, 3, 1)");
        var request = await RequestAsync(10);

        await _store.PlacePurchaseAsync(request with { ShownTotal = 960.00m, Lines = [new(2, 2)] }, Cancelled);
        Assert.Equal(3, await ScalarAsync<long>("SELECT count(*) FROM store.cart_line"));
        await _store.PlacePurchaseAsync(request with { PurchaseId = Guid.CreateVersion7() }, Cancelled);

        Assert.Equal([2L, 3L], await QueryAsync<long>("SELECT product_id FROM store.cart_line ORDER BY product_id"));
    }

    [Theory]
    [InlineData("'{}'", "'{}'")]
    [InlineData("'{1,2}'", "'{1}'")]
    [InlineData("'{1,2}'", "'{1,1}'")]
    [InlineData("'{1}'", "'{1}'", "'{}'")]
    [InlineData("'{1}'", "'{1}'", "'{0}'")]
    [InlineData("'{1}'", "'{1}'", "'{1000000.01}'")]
    [InlineData("'{2,1}'", "'{1,1}'", "'{null,null}'")]
    [InlineData("'{1,1}'", "'{1,1}'", "'{null,null}'")]
    [InlineData("'{1}'", "'{0}'")]
    [InlineData("'{1}'", "'{-1}'")]
    [InlineData("'{1}'", "'{100}'")]
    [InlineData("'{1}'", "'{null}'")]
    [InlineData("'{null}'", "'{1}'")]
    [InlineData("(SELECT array_agg(i) FROM generate_series(1, 101) i)", "(SELECT array_agg(1) FROM generate_series(1, 101))", "array_fill(NULL::numeric, ARRAY[101])")]
    public async Task Arguments_that_no_checkout_sends_are_an_error_and_change_nothing(string productIds, string quantities, string atMosts = "'{null}'")
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => CallAsync(
            $"SELECT * FROM store.place_purchase(10, gen_random_uuid(), now(), 1000, {productIds}::bigint[], {quantities}::bigint[], {atMosts}::numeric[])"));

        Assert.Equal("PL001", error.SqlState);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.customer_event"));
    }

    [Theory]
    [InlineData("'[5:6]={2,2}'", "'[5:6]={1,1}'", "'[5:6]={NULL,NULL}'")]
    [InlineData("'{2,2}'", "'{1,1}'", "'{NULL,NULL}'")]
    public async Task Nor_are_they_taken_where_the_store_defers_confirmation(string productIds, string quantities, string atMosts)
    {
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");

        var error = await Assert.ThrowsAsync<PostgresException>(() => CallAsync(
            $"SELECT * FROM store.request_purchase(10, gen_random_uuid(), now(), 1000, {productIds}::bigint[], {quantities}::bigint[], {atMosts}::numeric[])"));

        Assert.Equal("PL001", error.SqlState);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.purchase_request"));
    }

    [Theory]
    [InlineData("BEGIN ISOLATION LEVEL READ COMMITTED")]
    [InlineData("BEGIN ISOLATION LEVEL REPEATABLE READ")]
    [InlineData("BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL synchronous_commit = off")]
    public async Task Money_functions_refuse_a_session_that_cannot_keep_the_promise(string begin)
    {
        foreach (var call in new[]
                 {
                     "store.place_purchase(10, gen_random_uuid(), now(), 20, '{1}', '{1}', '{null}')",
                     "store.change_limit(10, gen_random_uuid(), 'lifetime', NULL, 600, NULL, NULL, 'why', 'admin 1')",
                     "store.set_price(1, 5, NULL, 'admin 1')",
                     "store.register_customer(77, 'x', 'test')",
                     "account.open_account('a@b.c', 'A@B.C', 'h', 's', 'n')",
                 })
        {
            var error = await Assert.ThrowsAsync<PostgresException>(() =>
                ExecuteAsync($"{begin}; SELECT * FROM {call}; COMMIT"));
            Assert.Equal("25001", error.SqlState);
        }
    }

    private async Task CallAsync(string sql)
    {
        await using var connection = await As("store_web").OpenConnectionAsync(Cancelled);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancelled);
    }
}
