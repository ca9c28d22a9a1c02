using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

public sealed class SettingsTests(PostgresServer server) : StoreTest(server)
{
    private static readonly StoreSettings s_settings = new()
    {
        DefaultLimit = 500,
        DefaultDayLimit = Limit.None,
        DefaultWeekLimit = Limit.None,
        DefaultMonthLimit = Limit.None,
        DefaultYearLimit = Limit.None,
        QuoteLife = TimeSpan.FromMinutes(15),
        HoldLife = TimeSpan.FromDays(3),
        ApprovalLife = TimeSpan.FromDays(7),
        RaiseDelay = TimeSpan.Zero,
        DeferredConfirmation = false,
        RefundRestoresAllowance = true,
        SecondAdminAbove = Limit.None,
        WeekStartsOn = 1,
        TimeZone = "UTC",
        NoticePercents = [80, 100],
    };

    private Store _store = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _store = NewStore();
    }

    [Fact]
    public async Task A_change_says_who_when_old_new_and_why_and_counts_for_who_registers_after_it()
    {
        await AddCustomersAsync(10, 10);
        var reply = await ChangeAsync(s_settings with
        {
            DefaultLimit = 750,
            DefaultDayLimit = 100,
            QuoteLife = TimeSpan.FromMinutes(90),
            HoldLife = TimeSpan.FromHours(48),
            TimeZone = "America/New_York",
            WeekStartsOn = 7,
            NoticePercents = [100, 90, 90],
            DeferredConfirmation = true,
        });

        Assert.Equal((SettingsChangeOutcome.Changed, 2), (reply.Outcome, reply.VersionNow));
        await AddCustomersAsync(11, 11);
        Assert.Equal(["10 500.00", "11 750"], await QueryAsync<string>(
            "SELECT concat_ws(' ', customer_id, limit_amount) FROM store.customer_purchased_amount ORDER BY customer_id"));
        Assert.Equal(["11 day 100"], await QueryAsync<string>("SELECT concat_ws(' ', customer_id, window_name, limit_after) FROM store.limit_change"));
        Assert.Equal(
            [
                "2 default_day_limit 9999999999.99 100", "2 default_limit 500.00 750", "2 deferred_confirmation false true", "2 hold_life \"P3D\" \"P2D\"",
                "2 notice_percents [80, 100] [90, 100]", "2 quote_life \"PT15M\" \"PT1H30M\"", "2 time_zone \"UTC\" \"America/New_York\"", "2 week_starts_on 1 7",
            ],
            await QueryAsync<string>("SELECT concat_ws(' ', version, setting_name, value_before, value_after) FROM store.setting_change ORDER BY setting_name"));
        Assert.Equal(8, await ScalarAsync<long>("SELECT count(*) FROM store.setting_change WHERE actor = 'admin 1' AND reason = 'why' AND occurred_at <= clock_timestamp()"));
    }

    [Fact]
    public async Task Two_admins_cannot_overwrite_each_other_and_who_sends_twice_changes_once()
    {
        var request = new SettingsChangeRequest(1, s_settings with { DefaultLimit = 600 }, "why", "admin 1");
        Assert.Equal(SettingsChangeOutcome.Changed, (await _store.ChangeSettingsAsync(request)).Outcome);
        Assert.Equal(SettingsChangeOutcome.AlreadyRecorded, (await _store.ChangeSettingsAsync(request)).Outcome);

        var late = await _store.ChangeSettingsAsync(new(1, s_settings with { WeekStartsOn = 7 }, "why", "admin 2"));
        Assert.Equal((SettingsChangeOutcome.ChangedMeanwhile, 2), (late.Outcome, late.VersionNow));
        Assert.Equal(SettingsChangeOutcome.ChangedMeanwhile, (await _store.ChangeSettingsAsync(request with { Actor = "admin 2" })).Outcome);
        Assert.Equal(SettingsChangeOutcome.Unchanged, (await _store.ChangeSettingsAsync(request with { Version = 2 })).Outcome);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.setting_change"));
    }

    [Fact]
    public async Task At_once_one_of_ten_changes_of_a_version_is_made()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
            NewStore().ChangeSettingsAsync(new(1, s_settings with { DefaultLimit = 600 + i }, "why", $"admin {i}"))));

        Assert.Single(replies, reply => reply.Outcome == SettingsChangeOutcome.Changed);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.setting_change"));
    }

    [Fact]
    public async Task What_takes_two_admins_takes_two_to_loosen()
    {
        await ChangeAsync(s_settings with { SecondAdminAbove = 5000 });
        var loosened = s_settings with { SecondAdminAbove = Limit.None };

        // One alone cannot, however often they ask, nor by way of new customers.
        Assert.Equal(SettingsChangeOutcome.NeedsSecondAdmin, (await ChangeAsync(loosened, version: 2)).Outcome);
        Assert.Equal(SettingsChangeOutcome.NeedsSecondAdmin, (await ChangeAsync(loosened, version: 2)).Outcome);
        Assert.Equal(SettingsChangeOutcome.NeedsSecondAdmin,
            (await ChangeAsync(s_settings with { SecondAdminAbove = 5000, DefaultLimit = 6000 }, version: 2, actor: "admin 3")).Outcome);
        // A second one who wants something else is alone with that, too.
        Assert.Equal(SettingsChangeOutcome.NeedsSecondAdmin,
            (await ChangeAsync(loosened with { WeekStartsOn = 7 }, version: 2, actor: "admin 2")).Outcome);
        Assert.Equal(2, await ScalarAsync<long>("SELECT version FROM store.store_setting"));

        Assert.Equal(SettingsChangeOutcome.Changed, (await ChangeAsync(loosened, version: 2, actor: "admin 2")).Outcome);
        Assert.Equal(Limit.None, await ScalarAsync<decimal>("SELECT second_admin_above FROM store.store_setting"));
        Assert.Equal(["admin 1", "admin 2", "admin 3"], await QueryAsync<string>("SELECT actor FROM store.setting_proposal ORDER BY actor"));
    }

    [Fact]
    public async Task A_proposal_lapses_with_the_next_change_and_where_its_admin_wants_something_else_by_now()
    {
        await ChangeAsync(s_settings with { SecondAdminAbove = 5000 });
        var loosened = s_settings with { SecondAdminAbove = 9000 };
        await ChangeAsync(loosened, version: 2);
        await ChangeAsync(loosened with { SecondAdminAbove = 7000 }, version: 2);
        Assert.Equal(SettingsChangeOutcome.NeedsSecondAdmin, (await ChangeAsync(loosened, version: 2, actor: "admin 2")).Outcome);

        await ChangeAsync(s_settings with { SecondAdminAbove = 4000 }, version: 2, actor: "admin 3");
        Assert.Equal(SettingsChangeOutcome.NeedsSecondAdmin, (await ChangeAsync(loosened, version: 3, actor: "admin 1")).Outcome);
    }

    [Fact]
    public async Task New_customers_without_a_limit_take_the_right_to_it()
    {
        var without = s_settings with { DefaultLimit = Limit.None };
        Assert.Equal(SettingsChangeOutcome.NeedsRight, (await ChangeAsync(without)).Outcome);

        await ExecuteAsync("INSERT INTO store.admin_right (actor, right_name) VALUES ('admin 1', 'no_limit')");
        Assert.Equal(SettingsChangeOutcome.Changed, (await ChangeAsync(without)).Outcome);
        // What is so already is nothing that takes a right.
        Assert.Equal(SettingsChangeOutcome.Changed, (await ChangeAsync(without with { WeekStartsOn = 7 }, version: 2, actor: "admin 2")).Outcome);
    }

    [Theory]
    [InlineData("Mars/Olympus_Mons")]
    [InlineData("ABC+3")]
    [InlineData("")]
    public async Task A_zone_that_the_server_does_not_know_changes_nothing(string zone)
    {
        Assert.Equal(SettingsChangeOutcome.UnknownTimeZone, (await ChangeAsync(s_settings with { TimeZone = zone })).Outcome);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.setting_change"));
    }

    [Fact]
    public async Task What_no_setting_can_be_is_loud_and_changes_nothing()
    {
        foreach (var wrong in new[]
        {
            s_settings with { QuoteLife = TimeSpan.Zero }, s_settings with { HoldLife = TimeSpan.FromDays(93) }, s_settings with { WeekStartsOn = 8 },
            s_settings with { NoticePercents = [49] }, s_settings with { NoticePercents = [50, 60, 70, 80, 90, 100] }, s_settings with { DefaultLimit = -1 },
        })
            Assert.Equal(PostgresErrorCodes.CheckViolation, (await Assert.ThrowsAsync<PostgresException>(() => ChangeAsync(wrong))).SqlState);
        Assert.Equal("PL001", (await Assert.ThrowsAsync<PostgresException>(() => _store.ChangeSettingsAsync(new(1, s_settings with { DefaultLimit = 1 }, "", "admin 1")))).SqlState);
        Assert.Equal(1, await ScalarAsync<long>("SELECT version FROM store.store_setting"));
    }

    [Theory]
    [InlineData("setting_change", "reason")]
    [InlineData("setting_proposal", "reason")]
    [InlineData("admin_right_change", "right_name")]
    public async Task What_was_written_down_stays_as_it_is(string table, string column)
    {
        await ChangeAsync(s_settings with { SecondAdminAbove = 5000 });
        await ChangeAsync(s_settings, version: 2);
        await ExecuteAsync("INSERT INTO store.admin_right_change (actor, right_name, occurred_at, is_granted) VALUES ('admin 1', 'no_limit', now(), true)");

        foreach (var change in new[] { $"UPDATE store.{table} SET {column} = 'x'", $"DELETE FROM store.{table}", $"TRUNCATE store.{table}" })
            Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(change))).SqlState);
    }

    private Task<SettingsChangeReply> ChangeAsync(StoreSettings settings, long version = 1, string actor = "admin 1") =>
        _store.ChangeSettingsAsync(new SettingsChangeRequest(version, settings, "why", actor));
}
