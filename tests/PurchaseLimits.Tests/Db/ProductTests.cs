using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

public sealed class ProductTests(PostgresServer server) : StoreTest(server)
{
    private static readonly ProductText s_text = new(1, "Copper jug", "Pours well.", "kettle");
    private Store _store = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await ExecuteAsync("SELECT setval(pg_get_serial_sequence('store.product', 'product_id'), 100)");
        _store = NewStore();
    }

    [Fact]
    public async Task A_product_that_is_created_twice_with_one_key_is_there_once()
    {
        var request = new ProductCreationRequest(Guid.CreateVersion7(), s_text, "admin 1");

        var first = await _store.CreateProductAsync(request);
        var second = await _store.CreateProductAsync(request);
        var other = await _store.CreateProductAsync(request with { Text = s_text with { Name = "Tin jug" } });

        Assert.Equal(ProductCreationOutcome.Created, first.Outcome);
        Assert.Equal((ProductCreationOutcome.AlreadyRecorded, first.ProductId), (second.Outcome, second.ProductId));
        Assert.Equal(ProductCreationOutcome.KeyReused, other.Outcome);
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM store.product"));
        Assert.Equal(ProductCreationOutcome.UnknownCategory,
            (await _store.CreateProductAsync(new(Guid.CreateVersion7(), s_text with { CategoryId = 9 }, "admin 1"))).Outcome);
    }

    [Fact]
    public async Task Sent_by_ten_at_once_with_one_key_a_product_is_created_once()
    {
        var request = new ProductCreationRequest(Guid.CreateVersion7(), s_text, "admin 1");

        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => NewStore().CreateProductAsync(request)));

        Assert.Single(replies, reply => reply.Outcome == ProductCreationOutcome.Created);
        Assert.Single(replies.Select(reply => reply.ProductId).Distinct());
    }

    [Fact]
    public async Task Two_admins_cannot_overwrite_each_other()
    {
        var first = await _store.ChangeProductAsync(new(Guid.CreateVersion7(), 1, 1, s_text, "admin 1"));
        var late = await _store.ChangeProductAsync(new(Guid.CreateVersion7(), 1, 1, s_text with { Name = "Late" }, "admin 2"));

        Assert.Equal((ProductChangeOutcome.Changed, 2), (first.Outcome, first.RevisionNow));
        Assert.Equal((ProductChangeOutcome.ChangedMeanwhile, 2), (late.Outcome, late.RevisionNow));
        Assert.Equal("Copper jug", await ScalarAsync<string>("SELECT name FROM store.product WHERE product_id = 1"));
    }

    [Fact]
    public async Task At_once_one_of_ten_changes_of_a_revision_is_made()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
            NewStore().ChangeProductAsync(new(Guid.CreateVersion7(), 1, 1, s_text with { Name = $"Name {i}" }, "admin 1"))));

        Assert.Single(replies, reply => reply.Outcome == ProductChangeOutcome.Changed);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.product_change"));
    }

    [Fact]
    public async Task A_change_answers_plainly()
    {
        var request = new ProductChangeRequest(Guid.CreateVersion7(), 1, 1, s_text, "admin 1");
        Assert.Equal(ProductChangeOutcome.Changed, (await _store.ChangeProductAsync(request)).Outcome);
        Assert.Equal(ProductChangeOutcome.AlreadyRecorded, (await _store.ChangeProductAsync(request)).Outcome);
        Assert.Equal(ProductChangeOutcome.KeyReused, (await _store.ChangeProductAsync(request with { Text = s_text with { Name = "x" } })).Outcome);
        Assert.Equal(ProductChangeOutcome.Unchanged, (await _store.ChangeProductAsync(request with { ChangeId = Guid.CreateVersion7(), Revision = 2 })).Outcome);
        Assert.Equal(ProductChangeOutcome.UnknownProduct, (await _store.ChangeProductAsync(request with { ChangeId = Guid.CreateVersion7(), ProductId = 9 })).Outcome);
        Assert.Equal(ProductChangeOutcome.UnknownCategory, (await _store.ChangeProductAsync(
            request with { ChangeId = Guid.CreateVersion7(), Revision = 2, Text = s_text with { CategoryId = 9 } })).Outcome);

        Assert.Equal(["admin 1 changed {\"name\": \"Product 1\", \"drawing\": \"mug\", \"description\": \"A thing.\"} {\"name\": \"Copper jug\", \"drawing\": \"kettle\", \"description\": \"Pours well.\"}"],
            await QueryAsync<string>("SELECT concat_ws(' ', actor, kind, before, after) FROM store.product_change"));
    }

    [Fact]
    public async Task What_is_withdrawn_cannot_be_bought_until_it_is_brought_back()
    {
        await AddCustomersAsync(10, 10);
        Assert.Equal(ProductWithdrawalOutcome.Withdrawn, (await _store.WithdrawProductAsync(1, "admin 1")).Outcome);
        Assert.Equal(ProductWithdrawalOutcome.Unchanged, (await _store.WithdrawProductAsync(1, "admin 1")).Outcome);
        Assert.Equal(PurchaseOutcome.ProductUnavailable, (await _store.PlacePurchaseAsync(await RequestAsync(10), Cancelled)).Outcome);

        Assert.Equal(ProductRestorationOutcome.Restored, (await _store.RestoreProductAsync(1, "admin 2")).Outcome);
        Assert.Equal(ProductRestorationOutcome.Unchanged, (await _store.RestoreProductAsync(1, "admin 2")).Outcome);
        Assert.Equal(PurchaseOutcome.Confirmed, (await _store.PlacePurchaseAsync(await RequestAsync(10), Cancelled)).Outcome);

        Assert.Equal(ProductWithdrawalOutcome.UnknownProduct, (await _store.WithdrawProductAsync(9, "admin 1")).Outcome);
        Assert.Equal(ProductRestorationOutcome.UnknownProduct, (await _store.RestoreProductAsync(9, "admin 1")).Outcome);
        Assert.Equal(["2 withdrawn admin 1", "3 restored admin 2"],
            await QueryAsync<string>("SELECT concat_ws(' ', revision, kind, actor) FROM store.product_change ORDER BY revision"));
    }

    [Fact]
    public async Task A_future_price_that_is_taken_back_leaves_the_one_before_it_until_the_one_after_it()
    {
        var soon = (await ScalarAsync<DateTime>("SELECT date_trunc('day', now()) + interval '3 days'")).ToUniversalTime();
        await _store.SetPriceAsync(new(1, 30.00m, soon, "admin 1"));
        await _store.SetPriceAsync(new(1, 40.00m, soon.AddDays(1), "admin 1"));

        Assert.Equal(PriceTakeBackOutcome.ChangedMeanwhile, (await _store.TakeBackPriceAsync(new(1, soon, 31.00m, "admin 2"))).Outcome);
        Assert.Equal(PriceTakeBackOutcome.TakenBack, (await _store.TakeBackPriceAsync(new(1, soon, 30.00m, "admin 2"))).Outcome);
        Assert.Equal(PriceTakeBackOutcome.UnknownPrice, (await _store.TakeBackPriceAsync(new(1, soon, 30.00m, "admin 2"))).Outcome);

        Assert.Equal(["20.00 t", "40.00 f"], await QueryAsync<string>(
            "SELECT format('%s %s', price, valid_to = @end) FROM store.product_price ORDER BY valid_from", new { end = soon.AddDays(1) }));
        Assert.Equal(["admin 2 price_taken_back 30.00 admin 1"], await QueryAsync<string>(
            "SELECT concat_ws(' ', actor, kind, before ->> 'price', before ->> 'set by') FROM store.product_change"));
    }

    [Fact]
    public async Task A_price_that_began_cannot_be_taken_back()
    {
        var began = (await ScalarAsync<DateTime>("SELECT valid_from FROM store.product_price")).ToUniversalTime();

        Assert.Equal(PriceTakeBackOutcome.BeganAlready, (await _store.TakeBackPriceAsync(new(1, began, 20.00m, "admin 1"))).Outcome);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.product_price"));
    }

    [Fact]
    public async Task A_future_price_that_is_replaced_is_remembered_with_who_had_set_it()
    {
        var soon = (await ScalarAsync<DateTime>("SELECT date_trunc('day', now()) + interval '3 days'")).ToUniversalTime();
        await _store.SetPriceAsync(new(1, 30.00m, soon, "admin 1"));

        await _store.SetPriceAsync(new(1, 35.00m, soon, "admin 2"));

        Assert.Equal(["admin 2 price_replaced 30.00 admin 1 35.00"], await QueryAsync<string>(
            "SELECT concat_ws(' ', actor, kind, before ->> 'price', before ->> 'set by', after ->> 'price') FROM store.product_change"));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.product_price WHERE set_at > now() - interval '1 minute'"));
    }

    [Theory]
    [InlineData("UPDATE store.product_change SET actor = 'nobody'", "42501")]
    [InlineData("DELETE FROM store.product_change", "42501")]
    [InlineData("TRUNCATE store.product_change", "42501")]
    [InlineData("UPDATE store.product_price SET set_at = now()", "42501")]
    [InlineData("INSERT INTO store.product_change VALUES (1, 9, NULL, 'changed', '{}', '{}', 'x', now())", "23514")]
    [InlineData("INSERT INTO store.product_change VALUES (1, 9, NULL, 'eaten', '{}', '{\"a\": 1}', 'x', now())", "23514")]
    public async Task What_was_changed_is_never_changed(string sql, string sqlState)
    {
        await _store.WithdrawProductAsync(1, "admin 1");
        Assert.Equal(sqlState, (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(sql))).SqlState);
    }
}
