using Dapper;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

public sealed class LimitImportTests(PostgresServer server) : StoreTest(server)
{
    private readonly Guid _id = Guid.CreateVersion7();
    private Store _store = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(1, 12);
        _store = NewStore();
    }

    [Fact]
    public async Task Nothing_is_in_force_before_its_moment_and_everything_after_also_for_a_customer_nobody_locked()
    {
        await BuyAsync(1, 10);
        await StageAsync(_id, Row(1, 300), Row(2, 600), Row(3, 40, "day"));
        await ConfirmAsync(_id);
        Assert.Equal(LimitImportAnnouncement.Announced, await AnnounceAsync(_id));
        // Told of it, and settled in between: still looks again.
        await BuyAsync(2, 1);
        Assert.Equal("500.00 500.00 -", await LimitsAsync());

        Assert.Equal(LimitImportSwitch.InForce, (await _store.SwitchLimitImportAsync(_id)).Outcome);
        Assert.Equal("500.00 500.00 -", await LimitsAsync());
        await BuyAsync(2, 1);

        await MomentAsync();
        Assert.Equal("300.00 600.00 40.00", await LimitsAsync());
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.limit_change"));
        // By the new limits, whoever is first to lock the row: 200 of 300 are bought.
        Assert.Equal(PurchaseOutcome.OverLimit, await BuyAsync(1, 15));
        Assert.Equal(PurchaseOutcome.Confirmed, await BuyAsync(1, 5));
        Assert.Equal(PurchaseOutcome.Confirmed, await BuyAsync(2, 28));
        Assert.Equal(PurchaseOutcome.Confirmed, await BuyAsync(3, 2));
        Assert.Equal(PurchaseOutcome.OverLimit, await BuyAsync(3, 1));

        Assert.Equal(["1 500.00 300 lifetime admin 1 because", "2 500.00 600 lifetime admin 1 because", "3 9999999999.99 40 day admin 1 because"], await QueryAsync<string>(
            """
            SELECT concat_ws(' ', c.customer_id, c.limit_before, c.limit_after, c.window_name, e.actor, e.reason)
            FROM store.limit_change c JOIN store.customer_event e USING (customer_id, sequence_number)
            JOIN store.limit_import i ON i.in_force_at = c.valid_from AND e.effective_at = i.in_force_at
            ORDER BY 1
            """));
        Assert.Equal(LimitImportFinish.Finished, (await _store.FinishLimitImportAsync(_id)).Outcome);
        Assert.Equal("done f", await ScalarAsync<string>("SELECT concat_ws(' ', status, is_announced) FROM store.limit_import"));
    }

    [Fact]
    public async Task Cancelled_after_it_was_announced_it_never_happened()
    {
        await StageAsync(_id, Row(1, 300));
        await ConfirmAsync(_id);
        await AnnounceAsync(_id);

        Assert.Equal(LimitImportCancellationOutcome.Cancelled, (await _store.CancelLimitImportAsync(_id, "admin 2")).Outcome);

        Assert.Equal(LimitImportSwitch.NotConfirmed, (await _store.SwitchLimitImportAsync(_id)).Outcome);
        Assert.Equal(LimitImportFinish.Unsettled, (await _store.FinishLimitImportAsync(_id)).Outcome);
        await _store.DecidePurchaseRequestsAsync(1, 0);
        Assert.Equal(LimitImportFinish.Finished, (await _store.FinishLimitImportAsync(_id)).Outcome);
        Assert.Equal(["cancelled admin 2 t"], await QueryAsync<string>(
            "SELECT concat_ws(' ', status, cancelled_by, (SELECT next_due_at = 'infinity' FROM store.customer_purchased_amount WHERE customer_id = 1)) FROM store.limit_import"));
        Assert.Equal(12, await ScalarAsync<long>("SELECT count(*) FROM store.customer_event"));
    }

    [Fact]
    public async Task It_cannot_be_cancelled_once_it_has_its_moment()
    {
        await StageAsync(_id, Row(1, 300));
        await ConfirmAsync(_id);
        await AnnounceAsync(_id);
        await _store.SwitchLimitImportAsync(_id);

        Assert.Equal(LimitImportCancellationOutcome.Ended, (await _store.CancelLimitImportAsync(_id, "admin 2")).Outcome);
        Assert.Equal(LimitImportCancellationOutcome.UnknownImport, (await _store.CancelLimitImportAsync(Guid.NewGuid(), "admin 2")).Outcome);
    }

    [Theory]
    [InlineData("changed", LimitImportSwitch.ChangedMeanwhile)]
    [InlineData("scheduled", LimitImportSwitch.ChangedMeanwhile)]
    [InlineData("another window", LimitImportSwitch.InForce)]
    [InlineData("before the dry run", LimitImportSwitch.InForce)]
    [InlineData("another import", LimitImportSwitch.ChangedMeanwhile)]
    public async Task A_limit_that_changed_since_the_dry_run_stops_all_of_it_and_names_the_row(string what, LimitImportSwitch outcome)
    {
        if (what == "before the dry run")
            await ChangeAsync(LimitWindow.Lifetime, null);
        await StageAsync(_id, Row(1, 300), Row(2, 700));
        switch (what)
        {
            case "changed":
                await ChangeAsync(LimitWindow.Lifetime, null);
                break;
            case "scheduled":
                await ChangeAsync(LimitWindow.Lifetime, DateTimeOffset.UtcNow.AddDays(1));
                break;
            case "another window":
                await ChangeAsync(LimitWindow.Day, null);
                break;
            case "another import":
                var other = Guid.CreateVersion7();
                await StageAsync(other, Row(2, 800));
                await ConfirmAsync(other);
                await AnnounceAsync(other);
                Assert.Equal(LimitImportSwitch.InForce, (await _store.SwitchLimitImportAsync(other)).Outcome);
                break;
        }

        await ConfirmAsync(_id);
        await AnnounceAsync(_id);

        var reply = await _store.SwitchLimitImportAsync(_id);

        Assert.Equal((outcome, outcome == LimitImportSwitch.InForce ? null : 2), (reply.Outcome, (int?)reply.RowNumber));
        if (outcome == LimitImportSwitch.ChangedMeanwhile)
        {
            Assert.Equal("failed changed_meanwhile 2", await ScalarAsync<string>("SELECT concat_ws(' ', status, failure, failed_row_number) FROM store.limit_import WHERE limit_import_id = @_id", new { _id }));
            await MomentAsync();
            Assert.Equal("500.00", await ScalarAsync<string>("SELECT limit_amount::text FROM store.customer_allowance WHERE customer_id = 1"));
        }

        Task ChangeAsync(LimitWindow window, DateTimeOffset? from) => _store.ChangeLimitAsync(new(2, Guid.CreateVersion7(), window, null, 550, from, null, "why", "admin 2"));
    }

    [Fact]
    public async Task A_limit_that_ends_or_begins_by_itself_before_the_moment_stops_it_too()
    {
        await _store.ChangeLimitAsync(new(2, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 800, null, DateTimeOffset.UtcNow.AddSeconds(5), "why", "admin 2"));
        await StageAsync(_id, Row(1, 300), Row(2, 900));
        await ConfirmAsync(_id);
        await AnnounceAsync(_id);

        Assert.Equal((LimitImportSwitch.ChangedMeanwhile, 2), Of(await _store.SwitchLimitImportAsync(_id)));

        static (LimitImportSwitch, long?) Of(LimitImportSwitchReply reply) => (reply.Outcome, reply.RowNumber);
    }

    [Fact]
    public async Task What_is_the_limit_already_is_no_change_and_another_end_is_one()
    {
        await StageAsync(_id, Row(1, 500), Row(2, 500) with { LastDay = new DateOnly(2099, 1, 31) });

        Assert.Equal(["f", "t"], await QueryAsync<string>("SELECT is_change::text::char FROM store.limit_import_row ORDER BY customer_id"));
        await ConfirmAsync(_id);
        await AnnounceAsync(_id);
        await _store.SwitchLimitImportAsync(_id);
        await MomentAsync();
        await _store.DecidePurchaseRequestsAsync(1, 0);
        await _store.DecidePurchaseRequestsAsync(2, 0);

        // It can be ended by its page as any other change can.
        Assert.Equal(["2 500.00 500 2099-02-01 00:00:00"], await QueryAsync<string>(
            "SELECT concat_ws(' ', customer_id, limit_before, limit_after, valid_to AT TIME ZONE 'UTC') FROM store.limit_change"));
    }

    [Fact]
    public async Task A_customer_who_buys_at_this_moment_is_waited_for_alone()
    {
        await StageAsync(_id, [.. Enumerable.Range(1, 12).Select(n => Row(n, 300))]);
        await ConfirmAsync(_id);
        await _store.AnnounceLimitImportAsync(_id, 100); // says so
        await using (var connection = await Superuser.OpenConnectionAsync(Cancelled))
        await using (await connection.BeginTransactionAsync(Cancelled))
        {
            await using var hold = new NpgsqlCommand("SELECT FROM store.customer_purchased_amount WHERE customer_id = 5 FOR UPDATE", connection);
            await hold.ExecuteNonQueryAsync(Cancelled);
            Assert.Equal(LimitImportAnnouncement.Announcing, (await _store.AnnounceLimitImportAsync(_id, 100)).Outcome);
            Assert.Equal(4, await ScalarAsync<long>("SELECT announced_to FROM store.limit_import_progress"));
            Assert.Equal(LimitImportAnnouncement.Held, (await _store.AnnounceLimitImportAsync(_id, 100)).Outcome);
            Assert.Equal("PL002", await SwitchStateAsync());
        }

        Assert.Equal(LimitImportAnnouncement.Announcing, (await _store.AnnounceLimitImportAsync(_id, 1)).Outcome);
        Assert.Equal(LimitImportAnnouncement.Announcing, (await _store.AnnounceLimitImportAsync(_id, 100)).Outcome);
        Assert.Equal(LimitImportAnnouncement.Announced, (await _store.AnnounceLimitImportAsync(_id, 100)).Outcome);
        Assert.Equal("12 12", await ScalarAsync<string>("SELECT concat_ws(' ', announced_to, announced_count) FROM store.limit_import_progress"));

        async Task<string?> SwitchStateAsync() => (await Assert.ThrowsAsync<PostgresException>(() => _store.SwitchLimitImportAsync(_id))).SqlState;
    }

    [Fact]
    public async Task Purchases_around_the_moment_are_each_decided_by_the_limit_that_was_in_force()
    {
        await StageAsync(_id, [.. Enumerable.Range(1, 12).Select(n => Row(n, 40))]);
        await ConfirmAsync(_id);
        await AnnounceAsync(_id);
        await _store.SwitchLimitImportAsync(_id);
        var end = await ScalarAsync<DateTimeOffset>("SELECT in_force_at + interval '1 second' FROM store.limit_import");
        var last = new PurchaseOutcome[12];

        await Task.WhenAll(Enumerable.Range(1, 12).Select(async customer =>
        {
            // More than 40 dollars are bought long before, so every one after the moment is refused.
            await BuyAsync(customer, 3);
            while (DateTimeOffset.UtcNow < end)
            {
                last[customer - 1] = await BuyAsync(customer, 1);
                await Task.Delay(600, Cancelled);
            }
        }));

        Assert.All(last, outcome => Assert.Equal(PurchaseOutcome.OverLimit, outcome));
        // I12 looks at every one of them when this test ends.
        Assert.Equal(0, await ScalarAsync<long>(
            "SELECT count(*) FROM store.customer_event, store.limit_import WHERE kind = 'purchase_confirmed' AND occurred_at >= in_force_at"));
        Assert.True(await ScalarAsync<long>("SELECT count(*) FROM store.customer_event WHERE kind = 'purchase_confirmed'") > 24);
    }

    [Fact]
    public async Task Whoever_was_settled_past_its_moment_because_that_was_committed_late_has_it_from_then_on()
    {
        await StageAsync(_id, Row(1, 300), Row(2, 40, "day"), Row(3, 100));
        await ConfirmAsync(_id);
        await AnnounceAsync(_id);
        await using (var stalled = await Superuser.OpenConnectionAsync(Cancelled))
        {
            // As when a COMMIT waits for a standby: the moment has passed, and nobody saw it come.
            await using var transaction = await stalled.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, Cancelled);
            await stalled.ExecuteAsync("SELECT store.switch_limit_import(@_id); UPDATE store.limit_import SET in_force_at = store.clock(), settle_from = store.clock()", new { _id });
            Assert.Equal(PurchaseOutcome.Confirmed, await BuyAsync(1, 15));
            Assert.Equal(PurchaseOutcome.Confirmed, await BuyAsync(2, 5));
            // Somebody else set it meanwhile: what began last counts.
            Assert.Equal(LimitChangeOutcome.Changed, (await _store.ChangeLimitAsync(new(3, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 600m, null, null, "why", "admin 2"))).Outcome);
            await transaction.CommitAsync(Cancelled);
        }

        Assert.Equal(LimitImportFinish.Unsettled, (await _store.FinishLimitImportAsync(_id)).Outcome);
        Assert.Equal(PurchaseOutcome.OverLimit, await BuyAsync(1, 1));
        Assert.Equal(LimitImportFinish.Unsettled, (await _store.FinishLimitImportAsync(_id)).Outcome);
        Assert.Equal(PurchaseOutcome.OverLimit, await BuyAsync(2, 1));
        Assert.Equal(PurchaseOutcome.Confirmed, await BuyAsync(3, 30));
        Assert.Equal(LimitImportFinish.Finished, (await _store.FinishLimitImportAsync(_id)).Outcome);
        Assert.Equal(["1 500.00 300", "2 9999999999.99 40", "3 500.00 600"], await QueryAsync<string>(
            "SELECT concat_ws(' ', customer_id, limit_before, limit_after) FROM store.limit_change ORDER BY customer_id"));
    }

    [Fact]
    public async Task A_raise_for_a_while_lets_no_import_of_one_admin_make_it_longer()
    {
        await _store.ChangeLimitAsync(new(1, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 5000m, null, DateTimeOffset.UtcNow.AddDays(1), "why", "admin 1"));
        await StageAsync(_id, Row(1, 4000), Row(2, 900));
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 1000");

        var confirmed = await _store.ConfirmLimitImportAsync(_id, "because", "admin 1");
        Assert.Equal((LimitImportConfirmationOutcome.NeedsSecondAdmin, 1), (confirmed.Outcome, confirmed.RowNumber));

        var problems = new List<LimitImportProblem>();
        await _store.StageLimitImportAsync(
            new(Guid.CreateVersion7(), "limits.csv", "other", "admin 1", [Row(1, 4000), Row(2, 900)]), problems.Add, () => true, Cancelled);
        Assert.Equal(1, Assert.Single(problems).RowNumber);
    }

    private static LimitImportRow Row(long customerId, decimal limit, string window = "lifetime") => new(customerId, customerId, window, limit, null, null);

    private async Task StageAsync(Guid id, params LimitImportRow[] rows)
    {
        var problems = new List<LimitImportProblem>();
        var reply = await _store.StageLimitImportAsync(
            new(id, "limits.csv", "hash", "admin 1", rows), problems.Add, () => true, Cancelled);
        Assert.Empty(problems);
        Assert.Equal((LimitImportStagingOutcome.Staged, true), (reply.Outcome, reply.IsInOrder));
    }

    private async Task ConfirmAsync(Guid id) =>
        Assert.Equal(LimitImportConfirmationOutcome.Confirmed, (await _store.ConfirmLimitImportAsync(id, "because", "admin 1")).Outcome);

    private async Task<LimitImportAnnouncement> AnnounceAsync(Guid id)
    {
        while (true)
        {
            var reply = await _store.AnnounceLimitImportAsync(id, 100);
            if (reply.Outcome != LimitImportAnnouncement.Announcing)
                return reply.Outcome;
        }
    }

    /// <summary>Until every import with a moment is in force.</summary>
    private Task MomentAsync() => UntilAsync("SELECT coalesce(max(in_force_at) <= clock_timestamp(), true) FROM store.limit_import");

    private Task<string> LimitsAsync() => ScalarAsync<string>(
        """
        SELECT concat_ws(' ', (SELECT limit_amount::numeric(12, 2) FROM store.customer_allowance WHERE customer_id = 1),
                         (SELECT limit_amount::numeric(12, 2) FROM store.customer_allowance WHERE customer_id = 2),
                         coalesce((SELECT limit_amount::numeric(12, 2)::text FROM store.customer_window_allowance WHERE customer_id = 3 AND window_name = 'day'), '-'))
        """);

    /// <summary>Some of the product that costs $20.</summary>
    private async Task<PurchaseOutcome> BuyAsync(long customerId, int quantity)
    {
        while (true)
        {
            var outcome = (await _store.PlacePurchaseAsync(await RequestAsync(customerId, quantity: quantity), Cancelled)).Outcome;
            // Twelve customers whose rows share a page are each told so now and then, on a slow machine.
            if (outcome != PurchaseOutcome.Busy)
                return outcome;
        }
    }
}
