using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

public sealed class PriceTests(PostgresServer server) : StoreTest(server)
{
    private Store _store = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(10, 10);
        _store = NewStore();
    }

    [Fact]
    public async Task A_rise_after_the_page_was_shown_does_not_touch_it()
    {
        var request = await RequestAsync(10);
        await SetPriceAsync(25.00m);

        var reply = await _store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal((PurchaseOutcome.Confirmed, 20.00m), (reply.Outcome, reply.Total));
    }

    [Fact]
    public async Task A_fall_after_the_page_was_shown_is_passed_on()
    {
        var request = await RequestAsync(10);
        await SetPriceAsync(15.00m);

        var reply = await _store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal((PurchaseOutcome.Confirmed, 15.00m), (reply.Outcome, reply.Total));
        Assert.Equal(15.00m, await ScalarAsync<decimal>("SELECT unit_price FROM store.purchase_line"));
    }

    [Fact]
    public async Task A_fall_that_came_and_went_is_not_owed()
    {
        var request = await RequestAsync(10);
        await SetPriceAsync(15.00m);
        await SetPriceAsync(30.00m);

        Assert.Equal(20.00m, (await _store.PlacePurchaseAsync(request, Cancelled)).Total);
    }

    [Fact]
    public async Task A_page_past_its_life_is_asked_again_with_the_new_total()
    {
        var request = await RequestAsync(10);
        await SetPriceAsync(25.00m);
        await ExecuteAsync("UPDATE store.store_setting SET quote_life = interval '1 microsecond'");

        var reply = await _store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal((PurchaseOutcome.PriceChanged, 25.00m, 500m), (reply.Outcome, reply.Total, reply.LeftAmount));
        Assert.Equal(0m, await BoughtAsync(10));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.purchase"));
    }

    [Theory]
    [InlineData(-16)]
    [InlineData(+1)]
    public async Task A_forged_priced_at_outside_the_life_of_a_quote_buys_nothing(int minutes)
    {
        // It was cheap once, and will be again: neither may be had now.
        await ExecuteAsync(
            """
            INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (2, 1, 'Two', '', 'mug');
            INSERT INTO store.product_price (product_id, valid_from, valid_to, price, actor) VALUES
                (2, now() - interval '1 day', now() - interval '15 minutes 30 seconds', 1.00, 'test'),
                (2, now() - interval '15 minutes 30 seconds', now() + interval '30 seconds', 50.00, 'test'),
                (2, now() + interval '30 seconds', 'infinity', 2.00, 'test')
            """);
        var request = await RequestAsync(10, productId: 2);

        var reply = await _store.PlacePurchaseAsync(request with { PricedAt = request.PricedAt.AddMinutes(minutes) }, Cancelled);

        Assert.Equal((PurchaseOutcome.PriceChanged, 50.00m), (reply.Outcome, reply.Total));
    }

    [Fact]
    public async Task More_than_the_page_showed_is_never_charged()
    {
        // As when a price is set with a moment before the page's, and committed after the page was read.
        var request = await RequestAsync(10) with { ShownTotal = 19.99m };

        var reply = await _store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal((PurchaseOutcome.PriceChanged, 20.00m), (reply.Outcome, reply.Total));
    }

    [Fact]
    public async Task A_price_from_later_on_holds_from_then_and_may_be_replaced_until_then()
    {
        var later = (await ScalarAsync<DateTime>("SELECT date_trunc('day', now()) + interval '3 days'")).ToUniversalTime();

        await _store.SetPriceAsync(new PriceRequest(1, 30.00m, later, "admin 1"));
        await _store.SetPriceAsync(new PriceRequest(1, 35.00m, later, "admin 1"));
        await _store.SetPriceAsync(new PriceRequest(1, 22.00m, null, "admin 1"));

        Assert.Equal(["20.00", "22.00", "35.00"], await QueryAsync<string>("SELECT price::text FROM store.product_price ORDER BY valid_from"));
        Assert.Equal(0, await ScalarAsync<long>(
            """
            SELECT count(*)
            FROM (SELECT valid_to, lead(valid_from, 1, 'infinity') OVER (ORDER BY valid_from) AS next FROM store.product_price) p
            WHERE valid_to <> next
            """));
        Assert.Equal(22.00m, await ScalarAsync<decimal>("SELECT price FROM store.current_price"));
    }

    [Fact]
    public async Task Setting_a_price_answers_plainly()
    {
        Assert.Equal(PriceOutcome.PriceSet, (await _store.SetPriceAsync(new(1, 21.00m, null, "admin 1"))).Outcome);
        Assert.Equal(PriceOutcome.Unchanged, (await _store.SetPriceAsync(new(1, 21.00m, null, "admin 1"))).Outcome);
        Assert.Equal(PriceOutcome.UnknownProduct, (await _store.SetPriceAsync(new(9, 21.00m, null, "admin 1"))).Outcome);
        Assert.Equal(PriceOutcome.ValidFromInPast, (await _store.SetPriceAsync(new(1, 5.00m, DateTimeOffset.UtcNow.AddHours(-1), "admin 1"))).Outcome);
        foreach (var price in new[] { 0.005m, -1m, 1_000_000.01m, 10_000_000_000m })
        {
            var error = await Assert.ThrowsAsync<PostgresException>(() => _store.SetPriceAsync(new(1, price, null, "admin 1")));
            Assert.Equal(PostgresErrorCodes.CheckViolation, error.SqlState);
        }

        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM store.product_price"));
    }

    [Fact]
    public async Task Prices_set_at_once_leave_no_gap_and_no_overlap()
    {
        await Task.WhenAll(Enumerable.Range(1, 16).Select(i => _store.SetPriceAsync(new(1, 30m + i, null, "admin 1"))));

        Assert.Equal(17, await ScalarAsync<long>("SELECT count(*) FROM store.product_price"));
        Assert.Equal(0, await ScalarAsync<long>(
            """
            SELECT count(*)
            FROM (SELECT valid_to, lead(valid_from, 1, 'infinity') OVER (ORDER BY valid_from) AS next FROM store.product_price) p
            WHERE valid_to <> next
            """));
    }

    [Fact]
    public async Task A_price_that_begins_while_a_purchase_is_decided_is_not_its_price()
    {
        // Every look at the clock is a minute later than the one before. I11 looks at the purchase when this test ends.
        await ExecuteAsync(
            """
            CREATE SEQUENCE public.minute;
            GRANT USAGE ON SEQUENCE public.minute TO PUBLIC;
            CREATE OR REPLACE FUNCTION store.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS
            $$ SELECT now() + nextval('public.minute') * interval '1 minute' $$;
            """);
        var request = await RequestAsync(10);
        await _store.SetPriceAsync(new(1, 15.00m, DateTimeOffset.UtcNow.AddSeconds(90), "admin 1"));

        Assert.Equal(PurchaseOutcome.Confirmed, (await _store.PlacePurchaseAsync(request, Cancelled)).Outcome);
        Assert.Equal(["20.00 t"], await QueryAsync<string>(
            "SELECT concat_ws(' ', p.total, p.placed_at = e.occurred_at) FROM store.purchase p JOIN store.customer_event e USING (customer_id, sequence_number)"));
    }

    [Fact]
    public async Task A_price_that_begins_while_another_is_set_or_it_is_taken_back_makes_the_call_begin_again()
    {
        // Whoever changes what was still to come waits here until it began. Of two triggers the first by name goes first.
        await ExecuteAsync(
            """
            CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_catalog.pg_sleep_until(CASE TG_OP WHEN 'UPDATE' THEN OLD.valid_to ELSE OLD.valid_from END);
                RETURN coalesce(NEW, OLD);
            END $$;
            CREATE TRIGGER a_wait BEFORE UPDATE OR DELETE ON store.product_price FOR EACH ROW
            WHEN (OLD.valid_to BETWEEN now() AND now() + interval '5 s' OR OLD.valid_from BETWEEN now() AND now() + interval '5 s') EXECUTE FUNCTION public.wait();
            """);

        var first = await PriceSoonAsync(30.00m);
        var set = await _store.SetPriceAsync(new(1, 40.00m, null, "admin 2"));
        var second = await PriceSoonAsync(50.00m);
        var takenBack = await _store.TakeBackPriceAsync(new(1, second, 50.00m, "admin 2"));

        Assert.Equal((PriceOutcome.PriceSet, true), (set.Outcome, set.PriceValidFrom > first));
        Assert.Equal(PriceTakeBackOutcome.BeganAlready, takenBack.Outcome);
        Assert.Equal(["20.00", "30.00", "40.00", "50.00"], await QueryAsync<string>("SELECT price::text FROM store.product_price ORDER BY valid_from"));

        async Task<DateTimeOffset> PriceSoonAsync(decimal price)
        {
            var from = new DateTimeOffset((await ScalarAsync<DateTime>("SELECT clock_timestamp() + interval '2 s'")).ToUniversalTime());
            Assert.Equal(PriceOutcome.PriceSet, (await _store.SetPriceAsync(new(1, price, from, "admin 1"))).Outcome);
            return from;
        }
    }

    [Theory]
    [InlineData("INSERT INTO store.product_price VALUES (1, now() - interval '2 hours', now() + interval '1 hour', 1.00, 'x')", "23P01")]
    [InlineData("UPDATE store.product_price SET price = 1.00", "42501")]
    [InlineData("UPDATE store.product_price SET valid_from = valid_from - interval '1 day'", "42501")]
    [InlineData("UPDATE store.product_price SET valid_to = now() - interval '1 hour'", "42501")]
    [InlineData("DELETE FROM store.product_price", "42501")]
    [InlineData("TRUNCATE store.product_price CASCADE", "42501")]
    public async Task Two_prices_at_one_time_cannot_exist_and_a_past_price_cannot_change(string sql, string sqlState)
    {
        Assert.Equal(sqlState, (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(sql))).SqlState);
    }

    private async Task SetPriceAsync(decimal price) =>
        Assert.Equal(PriceOutcome.PriceSet, (await _store.SetPriceAsync(new(1, price, null, "admin 1"))).Outcome);
}
