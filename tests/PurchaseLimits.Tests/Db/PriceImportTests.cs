using System.Data;
using Dapper;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

public sealed class PriceImportTests(PostgresServer server) : StoreTest(server)
{
    private static readonly TimeSpan s_lead = TimeSpan.FromSeconds(20);
    private readonly Guid _id = Guid.CreateVersion7();
    private Store _store = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        // More than two batches.
        await AddProductsAsync([.. Enumerable.Repeat(20.00m, 600)]);
        _store = NewStore();
    }

    [Fact]
    public async Task A_confirmed_import_sets_every_price_in_the_name_of_who_confirmed_it_from_one_moment()
    {
        await StageAsync(Rows());
        Assert.Equal(PriceImportConfirmationOutcome.Confirmed, (await _store.ConfirmPriceImportAsync(_id, "admin 2")).Outcome);
        Assert.Equal(PriceImportConfirmationOutcome.Confirmed, (await _store.ConfirmPriceImportAsync(_id, "admin 3")).Outcome);

        Assert.Equal(PriceImportEnd.Done, (await _store.TryImportPricesAsync(_id, s_lead, Cancelled)).End);

        Assert.Equal(["600 21.00 admin 2 1 t"], await QueryAsync<string>(
            """
            SELECT concat_ws(' ', count(*), min(price), min(actor), count(DISTINCT valid_from), bool_and(valid_from > now()))
            FROM store.product_price WHERE set_at IS NOT NULL
            """));
        Assert.Equal(["done 600 600"], await QueryAsync<string>("SELECT concat_ws(' ', status, done_count, set_count) FROM store.price_import"));
        Assert.Equal(PriceImportConfirmationOutcome.Ended, (await _store.ConfirmPriceImportAsync(_id, "admin 2")).Outcome);
        Assert.Equal(PriceImportCancellationOutcome.Ended, (await _store.CancelPriceImportAsync(_id, "admin 2")).Outcome);
    }

    [Fact]
    public async Task What_nobody_confirmed_is_not_imported()
    {
        await StageAsync(Rows());

        Assert.Equal(PriceImportEnd.NothingToDo, (await _store.TryImportPricesAsync(_id, s_lead, Cancelled)).End);
        Assert.Equal(0, await SetCountAsync());
    }

    [Fact]
    public async Task A_file_sent_twice_is_kept_once()
    {
        Assert.Equal(PriceImportStagingOutcome.Staged, await StageAsync(Rows()));
        Assert.Equal(PriceImportStagingOutcome.AlreadyRecorded, await StageAsync(Rows()));
        Assert.Equal(PriceImportStagingOutcome.KeyReused, await StageAsync(Rows(price: 22.00m)));
        Assert.Equal(600, await ScalarAsync<long>("SELECT count(*) FROM store.price_import_row"));
    }

    [Fact]
    public async Task A_price_that_changed_since_it_was_shown_stops_the_import_names_its_row_and_leaves_nothing()
    {
        await StageAsync(Rows());
        await _store.ConfirmPriceImportAsync(_id, "admin 1");
        await _store.SetPriceAsync(new(400, 99.00m, null, "admin 2"));

        var result = await _store.TryImportPricesAsync(_id, s_lead, Cancelled);

        Assert.Equal((PriceImportEnd.Failed, "changed_meanwhile", 401), (result.End, result.Failure, result.RowNumber));
        Assert.Equal(1, await SetCountAsync());
        Assert.Equal("confirmed 0", await ScalarAsync<string>("SELECT concat_ws(' ', status, done_count) FROM store.price_import"));
        Assert.Equal(PriceImportEndOutcome.Ended, (await _store.EndPriceImportAsync(_id, result.Failure, result.RowNumber)).Outcome);
        Assert.Equal("failed changed_meanwhile 401", await ScalarAsync<string>("SELECT concat_ws(' ', status, failure, failed_row_number) FROM store.price_import"));
    }

    [Fact]
    public async Task A_price_that_is_being_changed_is_waited_for_and_stops_the_import()
    {
        await StageAsync(Rows());
        await _store.ConfirmPriceImportAsync(_id, "admin 1");
        Task<PriceImportTry> import;
        await using (var admin = await As("store_admin").OpenConnectionAsync(Cancelled))
        await using (var transaction = await admin.BeginTransactionAsync(IsolationLevel.Serializable, Cancelled))
        {
            await admin.ExecuteAsync("SELECT store.set_price(400, 99, NULL, 'admin 2')", transaction: transaction);
            import = ImportAsync(_id);
            await WaitingAsync(1, admin);
            await transaction.CommitAsync(Cancelled);
        }

        Assert.Equal(new PriceImportTry(PriceImportEnd.Failed, "changed_meanwhile", 401), await import);
        Assert.Equal(1, await SetCountAsync());
    }

    [Fact]
    public async Task Who_waits_for_an_import_that_added_a_products_first_price_sees_it()
    {
        var later = DateTimeOffset.UtcNow.AddDays(1);
        await ExecuteAsync(
            "INSERT INTO store.product (product_id, category_id, name, description, tile) SELECT n, 1, 'On request ' || n, '', 'mug' FROM generate_series(601, 602) n");
        Assert.Equal(PriceOutcome.PriceSet, (await _store.SetPriceAsync(new(601, 30.00m, later, "admin 1"))).Outcome);
        await StageAsync([new(2, 601, 25.00m, null, null), new(3, 602, 25.00m, null, null)]);
        await _store.ConfirmPriceImportAsync(_id, "admin 1");
        Task<PriceTakeBackReply> takenBack;
        Task<PriceReply> set;
        await using (var worker = await As("store_worker").OpenConnectionAsync(Cancelled))
        await using (var transaction = await worker.BeginTransactionAsync(IsolationLevel.ReadCommitted, Cancelled))
        {
            await worker.ExecuteAsync("SELECT store.begin_price_import(@id, '20 s')", new { id = _id }, transaction);
            Assert.Equal("done", await worker.ExecuteScalarAsync<string>("SELECT outcome FROM store.import_prices(@id, 250)", new { id = _id }, transaction));
            // Neither finds a row that the import changed: before it there was none.
            takenBack = _store.TakeBackPriceAsync(new(601, later, 30.00m, "admin 2"));
            set = _store.SetPriceAsync(new(602, 40.00m, null, "admin 2"));
            await WaitingAsync(2, worker);
            await transaction.CommitAsync(Cancelled);
        }

        Assert.Equal((PriceTakeBackOutcome.TakenBack, PriceOutcome.PriceSet), ((await takenBack).Outcome, (await set).Outcome));
        Assert.Equal(["601 25.00 infinity", "602 40.00 then the next", "602 25.00 infinity"], await QueryAsync<string>(
            """
            SELECT concat_ws(' ', product_id, price, CASE valid_to WHEN 'infinity' THEN 'infinity' ELSE 'then the next' END)
            FROM store.product_price
            WHERE product_id > 600
            ORDER BY product_id, valid_from
            """));
    }

    [Fact]
    public async Task Two_imports_at_once_wait_for_each_other_and_each_is_made_as_a_whole_or_not_at_all()
    {
        var second = Guid.CreateVersion7();
        await StageAsync(Rows());
        Assert.Equal(PriceImportStagingOutcome.Staged,
            (await _store.StagePriceImportAsync(new(second, "others.csv", "admin 1", [.. Rows(price: 22.00m)]))).Outcome);
        await _store.ConfirmPriceImportAsync(_id, "admin 1");
        await _store.ConfirmPriceImportAsync(second, "admin 1");

        var ends = await Task.WhenAll(ImportAsync(_id), ImportAsync(second));

        // The second finds other prices at its moment, unless that was named first: then they hold until the other's.
        var done = ends.Count(end => end.End == PriceImportEnd.Done);
        Assert.InRange(done, 1, 2);
        Assert.All(ends, end => Assert.Equal(end.End == PriceImportEnd.Done ? null : "changed_meanwhile", end.Failure));
        Assert.Equal(600 * done, await SetCountAsync());
        Assert.Equal(1, await ScalarAsync<long>(
            """
            SELECT count(DISTINCT prices)
            FROM (
                SELECT string_agg(price::text, ', ' ORDER BY valid_from) AS prices
                FROM store.product_price
                GROUP BY product_id
            ) product
            """));
    }

    [Fact]
    public async Task The_web_of_the_release_before_this_one_imports_in_SERIALIZABLE()
    {
        await StageAsync(Rows(count: 3));
        await _store.ConfirmPriceImportAsync(_id, "admin 1");
        await using var worker = await As("store_worker").OpenConnectionAsync(Cancelled);
        await using (var transaction = await worker.BeginTransactionAsync(IsolationLevel.Serializable, Cancelled))
        {
            await worker.ExecuteAsync("SELECT store.begin_price_import(@id, '20 s')", new { id = _id }, transaction);
            Assert.Equal("done", await worker.ExecuteScalarAsync<string>("SELECT outcome FROM store.import_prices(@id, 250)", new { id = _id }, transaction));
            await transaction.CommitAsync(Cancelled);
        }

        Assert.Equal(3, await SetCountAsync());
    }

    [Fact]
    public async Task A_moment_that_came_meanwhile_stops_the_import()
    {
        var soon = DateTimeOffset.UtcNow.AddSeconds(5);
        await StageAsync(Rows(count: 3).Select(row => row.ProductId == 2 ? row with { ValidFrom = soon } : row));
        await _store.ConfirmPriceImportAsync(_id, "admin 1");

        var result = await _store.TryImportPricesAsync(_id, s_lead, Cancelled);

        Assert.Equal((PriceImportEnd.Failed, "valid_from_in_past", 3), (result.End, result.Failure, result.RowNumber));
        Assert.Equal(0, await SetCountAsync());
    }

    [Fact]
    public async Task An_import_that_takes_longer_than_its_moment_allows_leaves_nothing()
    {
        await StageAsync(Rows());
        await _store.ConfirmPriceImportAsync(_id, "admin 1");

        Assert.Equal(PriceImportEnd.TryAgain, (await _store.TryImportPricesAsync(_id, TimeSpan.FromMilliseconds(1), Cancelled)).End);
        Assert.Equal(0, await SetCountAsync());
    }

    [Fact]
    public async Task Started_by_eight_at_once_it_runs_once()
    {
        await StageAsync(Rows());
        await _store.ConfirmPriceImportAsync(_id, "admin 1");

        var ends = (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => NewStore().TryImportPricesAsync(_id, s_lead, Cancelled))))
            .Select(result => result.End).ToList();

        Assert.Single(ends, PriceImportEnd.Done);
        Assert.Equal(7, ends.Count(end => end == PriceImportEnd.NothingToDo));
        Assert.Equal(600, await SetCountAsync());
    }

    [Fact]
    public async Task A_wish_to_cancel_is_heard_between_two_batches()
    {
        await StageAsync(Rows());
        await _store.ConfirmPriceImportAsync(_id, "admin 1");
        await ExecuteAsync("UPDATE store.price_import_progress SET cancel_requested_by = 'admin 2'");

        Assert.Equal(PriceImportEnd.CancelRequested, (await _store.TryImportPricesAsync(_id, s_lead, Cancelled)).End);
        await _store.EndPriceImportAsync(_id, failure: null, rowNumber: null);

        Assert.Equal("cancelled admin 2", await ScalarAsync<string>("SELECT concat_ws(' ', status, cancelled_by) FROM store.price_import"));
        Assert.Equal(0, await SetCountAsync());
    }

    [Fact]
    public async Task One_that_runs_is_only_asked_to_stop_and_one_that_waits_is_cancelled_at_once()
    {
        await StageAsync(Rows());
        await _store.ConfirmPriceImportAsync(_id, "admin 1");
        await using (var connection = await Superuser.OpenConnectionAsync(Cancelled))
        await using (await connection.BeginTransactionAsync(Cancelled))
        {
            await using var hold = new NpgsqlCommand("SELECT FROM store.price_import FOR UPDATE", connection);
            await hold.ExecuteNonQueryAsync(Cancelled);
            Assert.Equal(PriceImportCancellationOutcome.CancelRequested, (await _store.CancelPriceImportAsync(_id, "admin 1")).Outcome);
        }

        Assert.Equal(PriceImportCancellationOutcome.Cancelled, (await _store.CancelPriceImportAsync(_id, "admin 1")).Outcome);
        Assert.Equal(PriceImportCancellationOutcome.Cancelled, (await _store.CancelPriceImportAsync(_id, "admin 1")).Outcome);
        Assert.Equal(PriceImportCancellationOutcome.UnknownImport, (await _store.CancelPriceImportAsync(Guid.NewGuid(), "admin 1")).Outcome);
        Assert.Equal(PriceImportConfirmationOutcome.UnknownImport, (await _store.ConfirmPriceImportAsync(Guid.NewGuid(), "admin 1")).Outcome);
    }

    [Fact]
    public async Task Two_rows_of_one_product_are_set_one_after_the_other()
    {
        var later = new DateTimeOffset(DateTime.UtcNow.Date.AddDays(30), TimeSpan.Zero);
        await StageAsync([new(3, 1, 25.00m, later, 22.00m), new(2, 1, 22.00m, null, 20.00m)]);
        await _store.ConfirmPriceImportAsync(_id, "admin 1");

        Assert.Equal(PriceImportEnd.Done, (await _store.TryImportPricesAsync(_id, s_lead, Cancelled)).End);

        Assert.Equal(["20.00", "22.00", "25.00"],
            await QueryAsync<string>("SELECT price::text FROM store.product_price WHERE product_id = 1 ORDER BY valid_from"));
    }

    [Theory]
    [InlineData("SELECT store.import_prices(gen_random_uuid(), 1)", "PL002")]
    [InlineData("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT store.begin_price_import(gen_random_uuid(), '1 s')", "25001")]
    [InlineData("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT store.import_prices(gen_random_uuid(), 1)", "25001")]
    [InlineData("SET synchronous_commit = off; SELECT store.begin_price_import(gen_random_uuid(), '1 s')", "25001")]
    public async Task An_import_is_begun_first_is_durable_and_sees_what_was_committed(string sql, string sqlState)
    {
        await using var connection = await As("store_worker").OpenConnectionAsync(Cancelled);
        await using var command = new NpgsqlCommand(sql, connection);
        Assert.Equal(sqlState, (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Cancelled))).SqlState);
    }

    /// <summary>Waits until so many sessions wait for what this one has locked.</summary>
    private Task WaitingAsync(long sessions, NpgsqlConnection holder) => Eventually.TrueAsync(
        () => ScalarAsync<bool>(
            "SELECT count(*) = @sessions FROM pg_stat_activity WHERE @pid = ANY (pg_blocking_pids(pid))", new { sessions, pid = holder.ProcessID }),
        $"{sessions} wait");

    /// <summary>Begins anew where it waited too long for somebody else, as the worker does.</summary>
    private async Task<PriceImportTry> ImportAsync(Guid id)
    {
        for (; ; )
        {
            try
            {
                return await NewStore().TryImportPricesAsync(id, s_lead, Cancelled);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                Cancelled.ThrowIfCancellationRequested();
            }
        }
    }

    private static IEnumerable<PriceImportRow> Rows(int count = 600, decimal price = 21.00m) =>
        Enumerable.Range(1, count).Select(n => new PriceImportRow(n + 1, n, price, null, 20.00m));

    private async Task<PriceImportStagingOutcome> StageAsync(IEnumerable<PriceImportRow> rows) =>
        (await _store.StagePriceImportAsync(new(_id, "prices.csv", "admin 1", [.. rows]))).Outcome;

    private Task<long> SetCountAsync() => ScalarAsync<long>("SELECT count(*) FROM store.product_price WHERE set_at IS NOT NULL");
}
