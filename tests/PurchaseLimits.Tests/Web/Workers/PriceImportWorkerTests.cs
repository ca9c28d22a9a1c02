using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Workers;

/// <summary>An import while it runs: seen from another process, killed, cancelled, beside purchases.</summary>
public sealed class PriceImportWorkerTests(PostgresServer server) : StoreWebTest(server)
{
    private readonly Guid _id = Guid.CreateVersion7();
    private PurchaseLimits.Web.Store _store = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddAdminAsync();
        _store = NewStore();
    }

    [Fact]
    public async Task Progress_is_seen_from_another_process_while_nothing_of_it_counts()
    {
        await using var other = new WebStore(ConnectionString, new Dictionary<string, string> { ["Workers:Enabled"] = "false" });
        using var admin = other.NewShopper();
        await admin.SignInAsync("admin@example.com");
        await StageAsync(600);
        await using (await HoldProductAsync(400))
        {
            await ConfirmAsync();
            await Eventually.TrueAsync(async () =>
            {
                var page = await admin.GetAsync($"/admin/prices/import/{_id}");
                return page.Document.QuerySelector("[data-refresh-url] progress[value='250'][max='600']") is not null;
            }, "250 of 600 rows");
            Assert.Equal(0, await SetCountAsync());
        }

        await Eventually.TrueAsync(async () => (await admin.GetAsync($"/admin/prices/import/{_id}")).Text.Contains("600 prices were set", StringComparison.Ordinal), "done");
        Assert.Equal(600, await SetCountAsync());
        Assert.Null((await admin.GetAsync($"/admin/prices/import/{_id}")).Document.QuerySelector("[data-refresh-url]"));
    }

    [Fact]
    public async Task One_whose_process_died_in_the_middle_is_run_again_and_sets_nothing_twice()
    {
        await StageAsync(600);
        await using (await HoldProductAsync(400))
        {
            await ConfirmAsync();
            await Eventually.TrueAsync(async () => await ProgressAsync() == 250, "250 rows");
            await ExecuteAsync(
                """
                SELECT pg_terminate_backend(pid)
                FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'purchase-limits worker-money'
                """);
            await Eventually.TrueAsync(async () => await ScalarAsync<long>("SELECT attempt_count FROM store.price_import_progress") >= 1, "given up once");
            Assert.Equal(0, await SetCountAsync());
        }

        await Eventually.TrueAsync(async () => await StatusAsync() == "done", "done");
        Assert.Equal(["600 600"], await QueryAsync<string>(
            "SELECT concat_ws(' ', count(*), count(DISTINCT product_id)) FROM store.product_price WHERE set_at IS NOT NULL"));
    }

    [Fact]
    public async Task One_whose_web_process_stops_is_taken_up_by_another()
    {
        await StageAsync(600);
        await using (await HoldProductAsync(400))
        {
            await ConfirmAsync();
            await Eventually.TrueAsync(async () => await ProgressAsync() == 250, "250 rows");
            await Web.DisposeAsync();
            Assert.Equal("confirmed", await StatusAsync());
        }

        await using var other = new WebStore(ConnectionString);
        await Eventually.TrueAsync(async () => await StatusAsync() == "done", "done");
        Assert.Equal(600, await SetCountAsync());
    }

    [Fact]
    public async Task One_that_runs_is_cancelled_from_its_page()
    {
        using var admin = await SignedInAsync("admin@example.com");
        await StageAsync(600);
        await using (await HoldProductAsync(400))
        {
            await ConfirmAsync();
            await Eventually.TrueAsync(async () => await ProgressAsync() == 250, "250 rows");
            var page = await admin.GetAsync($"/admin/prices/import/{_id}");
            await admin.SubmitAsync(page, "form[action*='Cancel']");
        }

        await Eventually.TrueAsync(async () => await StatusAsync() == "cancelled", "cancelled");
        Assert.Contains("Nothing was changed.", (await admin.GetAsync($"/admin/prices/import/{_id}")).Text, StringComparison.Ordinal);
        Assert.Equal(0, await SetCountAsync());
    }

    [Fact]
    public async Task What_purchases_read_beside_one_is_not_kept_until_it_ends()
    {
        await AddCustomersAsync(1, 1);
        await StageAsync(600);
        await using (await HoldProductAsync(400))
        {
            await ConfirmAsync();
            await Eventually.TrueAsync(async () => await ProgressAsync() == 250, "250 rows");
            // Again and again: other tests have transactions of their own, and this one waits for so long only before it is begun anew.
            await Eventually.TrueAsync(
                async () =>
                {
                    Assert.Equal(PurchaseOutcome.Confirmed, (await _store.PlacePurchaseAsync(await RequestAsync(1), Cancelled)).Outcome);
                    return await ScalarAsync<bool>(
                        """
                        SELECT EXISTS (
                                   SELECT
                                   FROM pg_stat_activity a
                                   WHERE a.datname = current_database()
                                     AND a.application_name = 'purchase-limits worker-money'
                                     AND a.xact_start < (SELECT max(occurred_at) FROM store.customer_event))
                           AND NOT EXISTS (
                                   SELECT
                                   FROM pg_locks l
                                   JOIN pg_database d ON d.oid = l.database
                                   WHERE d.datname = current_database()
                                     AND l.mode = 'SIReadLock')
                        """);
                },
                "nothing is kept of what a purchase read, and the import goes on");
        }
    }

    [Fact]
    public async Task Twenty_thousand_rows_are_imported_as_a_whole_while_purchases_go_on()
    {
        await AddCustomersAsync(1, 40);
        await StageAsync(20_000);
        await ConfirmAsync();
        var outcomes = new List<PurchaseOutcome>();
        var during = 0;
        for (var customer = 1; await StatusAsync() is "confirmed" || during == 0; customer = (customer % 40) + 1)
        {
            var running = await ProgressAsync() > 0 && await StatusAsync() == "confirmed";
            outcomes.Add((await _store.PlacePurchaseAsync(await RequestAsync(customer, productId: outcomes.Count + 1), Cancelled)).Outcome);
            during += running ? 1 : 0;
            Assert.InRange(outcomes.Count, 1, 15_000); // of $1.00: within everybody's limit
        }

        Assert.Equal("done", await StatusAsync());
        Assert.All(outcomes, outcome => Assert.Equal(PurchaseOutcome.Confirmed, outcome));
        Assert.InRange(during, 3, int.MaxValue);
        Assert.Equal(["20000 1"], await QueryAsync<string>(
            "SELECT concat_ws(' ', count(*), count(DISTINCT valid_from)) FROM store.product_price WHERE set_at IS NOT NULL"));
    }

    /// <summary>Products at $1.00, and an import that raises each to $1.25.</summary>
    private async Task StageAsync(int count)
    {
        await AddProductsAsync([.. Enumerable.Repeat(1.00m, count)]);
        await _store.StagePriceImportAsync(new(_id, "prices.csv", "admin 1",
            [.. Enumerable.Range(1, count).Select(n => new PriceImportRow(n + 1, n, 1.25m, null, 1.00m))]));
    }

    private async Task ConfirmAsync() =>
        Assert.Equal(PriceImportConfirmationOutcome.Confirmed, (await _store.ConfirmPriceImportAsync(_id, "admin 1")).Outcome);

    /// <summary>Stops an import at this product until it is disposed.</summary>
    private async Task<IAsyncDisposable> HoldProductAsync(long productId)
    {
        var connection = await Superuser.OpenConnectionAsync(Cancelled);
        await connection.BeginTransactionAsync(Cancelled);
        await using var hold = new NpgsqlCommand($"SELECT FROM store.product WHERE product_id = {productId} FOR UPDATE", connection);
        await hold.ExecuteNonQueryAsync(Cancelled);
        return connection;
    }

    private Task<long> ProgressAsync() => ScalarAsync<long>("SELECT done_count FROM store.price_import_progress");

    private Task<string> StatusAsync() => ScalarAsync<string>("SELECT status FROM store.price_import");

    private Task<long> SetCountAsync() => ScalarAsync<long>("SELECT count(*) FROM store.product_price WHERE set_at IS NOT NULL");
}
