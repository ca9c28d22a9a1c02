using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>Limits per window, from a date and until one, and who may set them. Proof/LimitPropertyTests tries them in every order.</summary>
public sealed class LimitTests(PostgresServer server) : StoreTest(server)
{
    private PurchaseLimits.Web.Store _store = null!;

    /// <summary>Products 1 to 3 cost $20.00, $100.00 and $480.00; the limit is $500.00.</summary>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m, 100.00m, 480.00m);
        await AddCustomersAsync(10, 11);
        _store = NewStore();
    }

    [Fact]
    public async Task A_purchase_fits_every_limit_and_a_refusal_names_the_one_that_resets_last()
    {
        await LimitAsync(LimitWindow.Day, 120m);
        await LimitAsync(LimitWindow.Week, 110m);
        Assert.Equal((PurchaseOutcome.Confirmed, 10m), await BuyAsync(2));

        Assert.Equal((PurchaseOutcome.OverLimit, 10m), await BuyAsync(1));

        var refused = (await QueryAsync<(string, decimal, decimal, DateTime, DateTime)>(
            "SELECT window_name, window_limit, window_used, resets_at, date_trunc('week', now(), 'UTC') + interval '7 days' FROM store.customer_event WHERE kind = 'purchase_refused'")).Single();
        Assert.Equal(("week", 110m, 100m, refused.Item5, refused.Item5), refused);
        Assert.Equal(100m, await BoughtAsync(10));
    }

    [Fact]
    public async Task The_lifetime_limit_refuses_before_a_window_that_resets()
    {
        await LimitAsync(LimitWindow.Year, 50m);
        await LimitAsync(LimitWindow.Lifetime, 90m);

        Assert.Equal((PurchaseOutcome.OverLimit, 50m), await BuyAsync(2));

        Assert.Equal("lifetime", await ScalarAsync<string>("SELECT window_name FROM store.customer_event WHERE kind = 'purchase_refused'"));
    }

    [Fact]
    public async Task Callers_at_once_never_pass_a_window()
    {
        await LimitAsync(LimitWindow.Day, 100m);
        await LimitAsync(LimitWindow.Month, 450m);
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];
        var template = await RequestAsync(10);

        var replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() =>
            stores[i % 2].PlacePurchaseAsync(template with { PurchaseId = Guid.CreateVersion7() }))));

        Assert.Equal(5, replies.Count(reply => reply.Outcome == PurchaseOutcome.Confirmed));
        Assert.Equal(35, replies.Count(reply => reply.Outcome == PurchaseOutcome.OverLimit));
        Assert.Equal(["day 100.00 of 100", "month 100.00 of 450"], await QueryAsync<string>(
            "SELECT format('%s %s of %s', window_name, amount, limit_amount) FROM store.customer_window_amount ORDER BY window_name"));
    }

    [Fact]
    public async Task Even_the_owner_cannot_write_a_counter_above_its_ceiling()
    {
        await LimitAsync(LimitWindow.Day, 100m);

        var error = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => ExecuteAsync("UPDATE store.customer_window_amount SET amount = 100.01"));

        Assert.Equal("customer_window_amount_within_ceiling", error.ConstraintName);
    }

    [Fact]
    public async Task A_limit_that_begins_in_the_middle_of_a_window_counts_what_was_bought_in_it()
    {
        await BuyAsync(2);

        Assert.Equal((LimitChangeOutcome.Changed, 20m), await LimitAsync(LimitWindow.Month, 80m));
        Assert.Equal((PurchaseOutcome.OverLimit, 0m), await BuyAsync(1));
        Assert.Equal((LimitChangeOutcome.Changed, 0m), await LimitAsync(LimitWindow.Month, 120m));
        Assert.Equal((PurchaseOutcome.Confirmed, 0m), await BuyAsync(1));
    }

    [Fact]
    public async Task Another_zone_counts_from_the_next_window_on()
    {
        await SetClockAsync("2030-11-24 23:30+00");
        await LimitAsync(LimitWindow.Day, 100m);
        Assert.Equal((PurchaseOutcome.Confirmed, 0m), await BuyAsync(2));
        await ExecuteAsync("UPDATE store.store_setting SET time_zone = 'America/New_York'");

        // The day that began in UTC ends in UTC; the day after it is New York's, where it is still the 24th: what was bought counts.
        await SetClockAsync("2030-11-24 23:59+00");
        Assert.Equal((PurchaseOutcome.OverLimit, 0m), await BuyAsync(1));
        await SetClockAsync("2030-11-25 00:30+00");
        Assert.Equal((PurchaseOutcome.OverLimit, 0m), await BuyAsync(1));
        await SetClockAsync("2030-11-25 05:00+00");
        Assert.Equal((PurchaseOutcome.Confirmed, 80m), await BuyAsync(1));
    }

    [Theory]
    [InlineData("America/New_York", "2026-03-08 12:00+00", "day", "2026-03-08 05:00 to 2026-03-09 04:00")] // 23 hours
    [InlineData("America/New_York", "2026-11-01 12:00+00", "day", "2026-11-01 04:00 to 2026-11-02 05:00")] // 25 hours
    [InlineData("America/Havana", "2026-11-01 04:30+00", "day", "2026-11-01 04:00 to 2026-11-02 05:00")] // midnight comes twice
    [InlineData("America/Havana", "2026-11-01 05:30+00", "day", "2026-11-01 04:00 to 2026-11-02 05:00")]
    [InlineData("America/Havana", "2026-03-08 12:00+00", "day", "2026-03-08 05:00 to 2026-03-09 04:00")] // there is no midnight
    [InlineData("UTC", "2028-02-29 23:59:59.999999+00", "month", "2028-02-01 00:00 to 2028-03-01 00:00")]
    [InlineData("UTC", "2026-11-22 00:00+00", "week", "2026-11-22 00:00 to 2026-11-29 00:00")] // Sunday begins it
    [InlineData("UTC", "2026-11-21 23:59+00", "week", "2026-11-15 00:00 to 2026-11-22 00:00")]
    [InlineData("Asia/Kathmandu", "2026-12-31 18:14:59+00", "year", "2025-12-31 18:15 to 2026-12-31 18:15")]
    public async Task A_window_is_the_zones(string zone, string moment, string window, string bounds) => Assert.Equal(bounds, await ScalarAsync<string>(
        "SELECT format('%s to %s', to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), to_char(ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')) FROM store.window_at(@window, @moment::timestamptz, @zone, 7)",
        new { window, moment, zone }));

    [Fact]
    public async Task A_temporary_raise_ends_by_itself_and_a_dated_one_begins_without_a_worker()
    {
        await SetClockAsync("2030-11-24 12:00+00");
        await BuyAsync(3);
        Assert.Equal(LimitChangeOutcome.Changed, (await ChangeAsync(600m, to: "2030-11-25 12:00+00")).Outcome);
        Assert.Equal(LimitChangeOutcome.Scheduled, (await ChangeAsync(550m, from: "2030-11-27 12:00+00")).Outcome);

        Assert.Equal((PurchaseOutcome.Confirmed, 20m), await BuyAsync(2));
        await SetClockAsync("2030-11-25 12:00+00");
        Assert.Equal((PurchaseOutcome.OverLimit, 0m), await BuyAsync(1));
        await SetClockAsync("2030-11-27 12:00+00");
        Assert.Equal((PurchaseOutcome.OverLimit, 0m), await BuyAsync(1));

        Assert.Equal(
            ["limit_changed 600", "limit_change_scheduled 550", "limit_took_effect 500.00 2030-11-25 12:00:00+00", "limit_took_effect 550 2030-11-27 12:00:00+00"],
            await QueryAsync<string>("SELECT format('%s %s', kind, window_limit) || coalesce(' ' || (effective_at AT TIME ZONE 'UTC')::text || '+00', '') FROM store.customer_event WHERE kind LIKE 'limit%' ORDER BY sequence_number"));
        Assert.Equal("580.00 of 550", await ScalarAsync<string>("SELECT format('%s of %s', amount, limit_amount) FROM store.customer_purchased_amount WHERE customer_id = 10"));
    }

    [Fact]
    public async Task Zero_and_no_limit_are_two_things_and_no_limit_takes_a_right()
    {
        Assert.Equal(LimitChangeOutcome.NeedsRight, (await ChangeAsync(Limit.None)).Outcome);
        await ExecuteAsync("INSERT INTO store.admin_right (actor, right_name) VALUES ('admin 1', 'no_limit')");
        Assert.Equal(LimitChangeOutcome.Changed, (await ChangeAsync(Limit.None)).Outcome);
        Assert.Equal(PurchaseOutcome.Confirmed, (await BuyAsync(3)).Outcome);
        Assert.Equal(PurchaseOutcome.Confirmed, (await BuyAsync(3)).Outcome);

        Assert.Equal(LimitChangeOutcome.Changed, (await ChangeAsync(0m)).Outcome);
        Assert.Equal((PurchaseOutcome.OverLimit, 0m), await BuyAsync(1));
    }

    [Fact]
    public async Task A_change_made_from_an_old_page_changes_nothing()
    {
        var seen = await ScalarAsync<long>("SELECT limit_sequence_number FROM store.customer_allowance WHERE customer_id = 10");
        await LimitAsync(LimitWindow.Day, 100m, "admin 2");

        var reply = await _store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), LimitWindow.Lifetime, seen, 300m, null, null, "why", "admin 1"));

        Assert.Equal((LimitChangeOutcome.ChangedMeanwhile, 500m), (reply.Outcome, reply.LimitAmount));
    }

    [Fact]
    public async Task Above_the_stores_setting_a_raise_takes_two_admins_and_neither_twice()
    {
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 1000");
        Assert.Equal(LimitChangeOutcome.NeedsSecondAdmin, (await ChangeAsync(1000.01m)).Outcome);
        Assert.Equal(LimitChangeOutcome.Changed, (await ChangeAsync(1000m)).Outcome);
        var request = new LimitRaiseRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 2000m, null, "A large family");
        Assert.Equal(LimitRaiseOutcome.Requested, (await _store.RequestLimitAsync(request, "admin 1")).Outcome);

        Assert.Equal(LimitApprovalOutcome.OwnRequest, await ApproveAsync(request, 2000m, "admin 1"));
        // Another amount is a proposal of its own, which the one who made it cannot approve.
        Assert.Equal(LimitApprovalOutcome.NeedsSecondAdmin, await ApproveAsync(request, 1500m, "admin 2"));
        Assert.Equal(LimitApprovalOutcome.OwnRequest, await ApproveAsync(request, 1500m, "admin 2"));
        Assert.Equal(LimitApprovalOutcome.Approved, await ApproveAsync(request, 1500m, "admin 3"));
        Assert.Equal(LimitApprovalOutcome.AlreadyDecided, await ApproveAsync(request, 1500m, "admin 3"));
        Assert.Equal(1500m, await ScalarAsync<decimal>("SELECT limit_amount FROM store.customer_purchased_amount WHERE customer_id = 10"));
    }

    [Fact]
    public async Task A_customer_lowers_at_once_and_asks_for_more_which_begins_after_the_delay()
    {
        await SetClockAsync("2030-11-24 12:00+00");
        await ExecuteAsync("UPDATE store.store_setting SET raise_delay = interval '1 day'");
        Assert.Equal(LimitChangeOutcome.NotLower, (await _store.LowerOwnLimitAsync(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 500.01m)).Outcome);
        var key = Guid.CreateVersion7();
        Assert.Equal(LimitChangeOutcome.Changed, (await _store.LowerOwnLimitAsync(10, key, LimitWindow.Lifetime, 100m)).Outcome);
        Assert.Equal(LimitChangeOutcome.AlreadyRecorded, (await _store.LowerOwnLimitAsync(10, key, LimitWindow.Lifetime, 100m)).Outcome);
        var request = new LimitRaiseRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 300m, null, "Holidays");
        Assert.Equal(LimitRaiseOutcome.Requested, (await _store.RequestOwnLimitAsync(request)).Outcome);
        Assert.Equal(LimitRaiseOutcome.AlreadyRecorded, (await _store.RequestOwnLimitAsync(request)).Outcome);
        Assert.Equal(LimitRaiseOutcome.AlreadyPending, (await _store.RequestOwnLimitAsync(request with { LimitRequestId = Guid.CreateVersion7() })).Outcome);
        Assert.Equal(LimitRaiseOutcome.NotARaise, (await _store.RequestOwnLimitAsync(request with { LimitRequestId = Guid.CreateVersion7(), LimitWanted = 100m })).Outcome);

        Assert.Equal(LimitApprovalOutcome.Scheduled, await ApproveAsync(request, 200m, "admin 1"));
        await SetClockAsync("2030-11-25 11:59:59+00");
        Assert.Equal((PurchaseOutcome.Confirmed, 0m), await BuyAsync(2));
        await SetClockAsync("2030-11-25 12:00+00");
        Assert.Equal((PurchaseOutcome.Confirmed, 0m), await BuyAsync(2));
    }

    [Fact]
    public async Task Lowering_while_a_raise_for_a_while_is_in_force_makes_nothing_of_it_permanent()
    {
        await SetClockAsync("2030-11-24 12:00+00");
        await ChangeAsync(5000m, to: "2030-11-26 12:00+00");
        var key = Guid.CreateVersion7();

        Assert.Equal(LimitChangeOutcome.Changed, (await _store.LowerOwnLimitAsync(10, key, LimitWindow.Lifetime, 4999.99m)).Outcome);
        Assert.Equal(LimitChangeOutcome.AlreadyRecorded, (await _store.LowerOwnLimitAsync(10, key, LimitWindow.Lifetime, 4999.99m)).Outcome);
        Assert.Equal(LimitChangeOutcome.Unchanged, (await _store.LowerOwnLimitAsync(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 4999.99m)).Outcome);

        Assert.Equal(["4999.99", "500.00"], await LimitsAtAsync("2030-11-26 11:59:59+00", "2030-11-26 12:00+00"));
        Assert.Equal(LimitChangeOutcome.AlreadyRecorded, (await _store.LowerOwnLimitAsync(10, key, LimitWindow.Lifetime, 4999.99m)).Outcome);

        // What is lower than anything that stands stays, whatever is set to come.
        Assert.Equal(LimitChangeOutcome.Changed, (await _store.LowerOwnLimitAsync(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 400m)).Outcome);
        Assert.Equal(["400", "400"], await LimitsAtAsync("2030-11-26 12:00+00", "2090-01-01 00:00+00"));
    }

    [Theory]
    [InlineData(false, "700", "500", "700")]
    [InlineData(true, "700", "700", "700")]
    public async Task What_a_customer_lowered_stays_so_behind_a_cut_that_was_planned_or_taken_back(bool takenBack, params string[] limits)
    {
        await SetClockAsync("2030-11-24 12:00+00");
        await ChangeAsync(1000m);
        var cut = new LimitChangeRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 500m, Moment("2030-12-01 00:00+00"), Moment("2030-12-08 00:00+00"), "why", "admin 1");
        await _store.ChangeLimitAsync(cut);

        Assert.Equal(LimitChangeOutcome.Changed, (await _store.LowerOwnLimitAsync(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 700m)).Outcome);
        if (takenBack)
            Assert.Equal(LimitEndOutcome.Ended, (await _store.EndLimitChangeAsync(10, cut.LimitChangeId, await LimitSequenceNumberAsync(10), "why", "admin 1")).Outcome);

        Assert.Equal(limits, await LimitsAtAsync("2030-11-30 00:00+00", "2030-12-07 00:00+00", "2030-12-09 00:00+00"));
    }

    [Fact]
    public async Task A_cut_at_once_needs_no_second_admin_because_of_one_that_is_planned()
    {
        await SetClockAsync("2030-11-24 12:00+00");
        await ChangeAsync(5000m);
        await ChangeAsync(500m, from: "2030-12-01 00:00+00", to: "2030-12-08 00:00+00");
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 1000");

        var asked = new LimitRaiseRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 2000m, null, "A family");
        Assert.Equal(LimitRaiseOutcome.NotARaise, (await _store.RequestLimitAsync(asked, "admin 1")).Outcome);
        Assert.Equal(LimitChangeOutcome.Changed, (await ChangeAsync(2000m)).Outcome);

        Assert.Equal(["2000", "500", "2000"], await LimitsAtAsync("2030-11-30 00:00+00", "2030-12-07 00:00+00", "2030-12-09 00:00+00"));
    }

    [Fact]
    public async Task A_raise_for_a_while_lets_no_admin_alone_make_it_longer()
    {
        await SetClockAsync("2030-11-24 12:00+00");
        await ChangeAsync(5000m, to: "2030-11-26 12:00+00");
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 1000");

        Assert.Equal(LimitChangeOutcome.NeedsSecondAdmin, (await ChangeAsync(5000m)).Outcome);
        Assert.Equal(LimitChangeOutcome.NeedsSecondAdmin, (await ChangeAsync(5000m, to: "2030-11-26 12:00:01+00")).Outcome);
        Assert.Equal(LimitChangeOutcome.NeedsSecondAdmin, (await ChangeAsync(1000.01m)).Outcome);
        Assert.Equal(LimitChangeOutcome.NeedsSecondAdmin, (await ChangeAsync(5000m, from: "2030-11-26 12:00+00")).Outcome);
        Assert.Equal(LimitChangeOutcome.Unchanged, (await ChangeAsync(5000m, to: "2030-11-26 12:00+00")).Outcome);
        Assert.Equal(LimitChangeOutcome.Changed, (await ChangeAsync(3000m, to: "2030-11-26 12:00+00")).Outcome);

        // It is asked for, and begins when it is a raise.
        var request = new LimitRaiseRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 3000m, null, "A large family");
        Assert.Equal(LimitRaiseOutcome.Requested, (await _store.RequestLimitAsync(request, "admin 1")).Outcome);
        Assert.Equal(LimitApprovalOutcome.Scheduled, await ApproveAsync(request, 3000m, "admin 2"));
        Assert.Equal(["3000", "3000"], await LimitsAtAsync("2030-11-26 11:59+00", "2030-11-26 12:00+00"));
        Assert.Equal("2030-11-26 12:00:00", await ScalarAsync<string>("SELECT (max(valid_from) AT TIME ZONE 'UTC')::text FROM store.limit_change"));
    }

    [Fact]
    public async Task What_an_admin_asked_for_and_another_approves_needs_no_third()
    {
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 1000");
        var request = new LimitRaiseRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 6000m, null, "A large family");
        await _store.RequestLimitAsync(request, "admin 1");
        Assert.Equal(LimitApprovalOutcome.NeedsSecondAdmin, await ApproveAsync(request, 7000m, "admin 2"));

        Assert.Equal(LimitApprovalOutcome.OwnRequest, await ApproveAsync(request, 7000m, "admin 1"));
        Assert.Equal(LimitApprovalOutcome.Approved, await ApproveAsync(request, 6000m, "admin 2"));
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(50, 30)]
    public async Task What_was_held_refused_and_then_approved_counts_from_its_approval_on(decimal dayLimit, decimal raise)
    {
        await SetClockAsync("2030-11-24 12:00+00");
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (4, 1, 'Four', '', 'mug')");
        await LimitAsync(LimitWindow.Day, 100m);
        var held = new PurchaseRequest(10, Guid.CreateVersion7(), Moment("2030-11-24 12:00+00")!.Value, 80m, [new PurchaseRequestLine(4, 1, 80m)]);
        Assert.Equal(PurchaseOutcome.Processing, (await _store.PlacePurchaseAsync(held, Cancelled)).Outcome);
        await LimitAsync(LimitWindow.Day, 50m);
        Assert.Equal(PriceOutcome.PriceSet, (await _store.SetPriceAsync(new(4, 80m, null, "admin 1"))).Outcome);
        Assert.Equal(ResumeOutcome.Refused, await _store.ResumePurchaseAsync(10, held.PurchaseId));
        Assert.Equal(ApprovalOutcome.Asked, (await _store.AskApprovalAsync(10, held.PurchaseId, "Please")).Outcome);
        await BuyAsync(1);
        await LimitAsync(LimitWindow.Day, dayLimit);
        await SetClockAsync("2030-11-25 12:00+00");

        var approved = await _store.ApprovePurchaseAsync(new(10, held.PurchaseId, raise, Guid.CreateVersion7(), "", "admin 1"));

        Assert.Equal((ApproveOutcome.Approved, raise), (approved.Outcome, approved.RaisedBy));
        Assert.Equal(PurchaseOutcome.OverLimit, (await BuyAsync(2)).Outcome);
        Assert.Equal(["2030-11-24 20 0", "2030-11-25 80 0"], await QueryAsync<string>(
            "SELECT concat_ws(' ', (starts_at AT TIME ZONE 'UTC')::date, trim_scale(amount), trim_scale(held)) FROM store.customer_window_amount ORDER BY starts_at"));
        Assert.Equal("80", await ScalarAsync<string>("SELECT trim_scale(amount)::text FROM store.limits_as_of(10, store.clock()) WHERE window_name = 'day'"));
    }

    [Fact]
    public async Task Until_it_begins_the_customer_may_take_a_raise_back_and_afterwards_not()
    {
        await SetClockAsync("2030-11-24 12:00+00");
        await ExecuteAsync("UPDATE store.store_setting SET raise_delay = interval '1 day'");
        var request = new LimitRaiseRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 900m, null, "Holidays");
        await _store.RequestOwnLimitAsync(request);
        await ApproveAsync(request, 900m, "admin 1");
        var change = await ScalarAsync<Guid>("SELECT limit_change_id FROM store.limit_change");

        // Neither somebody else's nor an admin's own.
        Assert.Equal(LimitEndOutcome.UnknownChange, (await _store.EndOwnLimitChangeAsync(11, change)).Outcome);
        Assert.Equal(LimitEndOutcome.Ended, (await _store.EndOwnLimitChangeAsync(10, change)).Outcome);
        Assert.Equal(LimitEndOutcome.AlreadyEnded, (await _store.EndOwnLimitChangeAsync(10, change)).Outcome);
        await SetClockAsync("2030-11-26 12:00+00");
        Assert.Equal(PurchaseOutcome.Confirmed, (await BuyAsync(3)).Outcome);
        Assert.Equal(LimitEndOutcome.TooLate, (await _store.EndOwnLimitChangeAsync(10, change)).Outcome);
        Assert.Equal((PurchaseOutcome.OverLimit, 20m), await BuyAsync(2));
    }

    [Fact]
    public async Task A_request_is_denied_with_a_reason_and_taken_back_by_who_asked_only()
    {
        var request = new LimitRaiseRequest(10, Guid.CreateVersion7(), LimitWindow.Week, 900m, null, "Holidays");
        await LimitAsync(LimitWindow.Week, 100m);
        await _store.RequestOwnLimitAsync(request);
        Assert.Equal(LimitRequestClosedOutcome.UnknownRequest, (await _store.CancelLimitRequestAsync(10, request.LimitRequestId, "admin 1")).Outcome);
        Assert.Equal(LimitRequestClosedOutcome.Denied, (await _store.DenyLimitRequestAsync(10, request.LimitRequestId, "Not this year", "admin 1")).Outcome);
        Assert.Equal(LimitRequestClosedOutcome.AlreadyDecided, (await _store.CancelOwnLimitRequestAsync(10, request.LimitRequestId)).Outcome);

        var again = request with { LimitRequestId = Guid.CreateVersion7() };
        await _store.RequestOwnLimitAsync(again);
        Assert.Equal(LimitRequestClosedOutcome.Cancelled, (await _store.CancelOwnLimitRequestAsync(10, again.LimitRequestId)).Outcome);
        Assert.Equal(["Not this year", "Taken back by who asked"], await QueryAsync<string>(
            "SELECT e.reason FROM store.limit_request r JOIN store.customer_event e ON e.customer_id = r.customer_id AND e.sequence_number = r.decided_sequence_number ORDER BY e.sequence_number"));
    }

    [Fact]
    public async Task Whoever_reaches_a_share_of_a_limit_is_told_once_in_each_window()
    {
        await SetClockAsync("2030-11-24 12:00+00");
        await LimitAsync(LimitWindow.Day, 120m);
        await BuyAsync(2);
        Assert.Equal(["day 80"], await NoticesAsync());
        await BuyAsync(1);
        Assert.Equal(["day 80", "day 100"], await NoticesAsync());

        // Back and up again is nothing new; the next day is.
        var purchase = await ScalarAsync<Guid>("SELECT purchase_id FROM store.purchase WHERE total = 20 LIMIT 1");
        await _store.RefundPurchaseAsync(new RefundRequest(10, purchase, Guid.CreateVersion7(), 20m, [], "why", "admin 1"));
        await BuyAsync(1);
        Assert.Equal(2, (await NoticesAsync()).Count);
        await SetClockAsync("2030-11-25 12:00+00");
        await BuyAsync(2);
        Assert.Equal(["day 80", "day 100", "day 80"], await NoticesAsync());
        Assert.Equal(3, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message WHERE kind = 'limit_notice'"));
    }

    [Fact]
    public async Task An_approval_raises_every_limit_that_refuses_for_that_purchase_alone()
    {
        await LimitAsync(LimitWindow.Day, 100m);
        var request = await RequestAsync(10, 3);
        await BuyAsync(1);
        await _store.PlacePurchaseAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(ApprovalOutcome.Asked, (await _store.AskApprovalAsync(10, request.PurchaseId, "Please")).Outcome);

        var approved = await _store.ApprovePurchaseAsync(new(10, request.PurchaseId, 400m, Guid.CreateVersion7(), "", "admin 1"));

        Assert.Equal((ApproveOutcome.Approved, 400m), (approved.Outcome, approved.RaisedBy));
        Assert.Equal("500.00 of 100, ceiling 500.00", await ScalarAsync<string>("SELECT format('%s of %s, ceiling %s', amount, limit_amount, ceiling) FROM store.customer_window_amount"));
        Assert.Equal((PurchaseOutcome.OverLimit, 0m), await BuyAsync(1));
    }

    [Fact]
    public async Task New_customers_begin_with_the_stores_limits()
    {
        await ExecuteAsync("UPDATE store.store_setting SET default_limit = 400, default_week_limit = 90");
        await AddCustomersAsync(12, 12);

        Assert.Equal(["lifetime 400.00", "week 90.00"], await QueryAsync<string>(
            "SELECT format('%s %s', window_name, to_char(limit_amount, 'FM990.00')) FROM store.customer_window_allowance WHERE customer_id = 12 ORDER BY window_name"));
        Assert.Equal(["lifetime 500.00"], await QueryAsync<string>(
            "SELECT format('%s %s', window_name, to_char(limit_amount, 'FM990.00')) FROM store.customer_window_allowance WHERE customer_id = 10"));
    }

    [Fact]
    public async Task A_session_may_lower_only_what_is_the_customers_own()
    {
        await using var web = As("store_web");
        foreach (var call in new[] { "store.change_limit(10, gen_random_uuid(), 'lifetime', NULL, 5000, NULL, NULL, 'why', 'admin 1')", "store.request_limit(10, gen_random_uuid(), 'day', 5, NULL, 'x', 'admin 1')", "store.approve_limit_request(10, gen_random_uuid(), gen_random_uuid(), 5, NULL, '', 'admin 1')" })
        {
            await using var command = web.CreateCommand($"SELECT * FROM {call}");
            Assert.Equal("42501", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => command.ExecuteScalarAsync(Cancelled))).SqlState);
        }
    }

    /// <summary>Without a cut the limit is higher: who ends one raises it.</summary>
    [Fact]
    public async Task A_cut_for_a_while_is_ended_by_no_admin_alone_who_could_not_set_what_is_behind_it()
    {
        await ChangeAsync(5000m);
        var cut = new LimitChangeRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 300m, null, Moment("2090-01-01 00:00+00"), "why", "admin 1");
        Assert.Equal(LimitChangeOutcome.Changed, (await _store.ChangeLimitAsync(cut)).Outcome);
        await LimitAsync(LimitWindow.Day, 100m);
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 1000");

        Assert.Equal(LimitEndOutcome.NeedsSecondAdmin, (await EndAsync()).Outcome);
        Assert.Equal(300m, await ScalarAsync<decimal>("SELECT limit_amount FROM store.customer_purchased_amount WHERE customer_id = 10"));

        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 5000");
        Assert.Equal(LimitEndOutcome.Ended, (await EndAsync()).Outcome);

        // The week has no limit but this one.
        var week = cut with { LimitChangeId = Guid.CreateVersion7(), Window = LimitWindow.Week };
        Assert.Equal(LimitChangeOutcome.Changed, (await _store.ChangeLimitAsync(week)).Outcome);
        Assert.Equal(LimitEndOutcome.NeedsRight, (await _store.EndLimitChangeAsync(10, week.LimitChangeId, await LimitSequenceNumberAsync(10), "enough", "admin 1")).Outcome);

        async Task<LimitEndReply> EndAsync() => await _store.EndLimitChangeAsync(10, cut.LimitChangeId, await LimitSequenceNumberAsync(10), "enough", "admin 1");
    }

    [Fact]
    public async Task A_key_with_other_content_is_told_so_and_changes_nothing()
    {
        var change = new LimitChangeRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 400m, null, Moment("2090-01-01 00:00+00"), "why", "admin 1");
        Assert.Equal(LimitChangeOutcome.Changed, (await _store.ChangeLimitAsync(change)).Outcome);
        Assert.Equal(LimitChangeOutcome.AlreadyRecorded, (await _store.ChangeLimitAsync(change)).Outcome);
        foreach (var other in new[]
                 {
                     change with { Window = LimitWindow.Day },
                     change with { LimitAfter = 399m },
                     change with { ValidFrom = Moment("2089-01-01 00:00+00") },
                     change with { ValidTo = null },
                     change with { Reason = "why not" },
                     change with { Actor = "admin 2" },
                 })
            Assert.Equal((other, LimitChangeOutcome.KeyReused), (other, (await _store.ChangeLimitAsync(other)).Outcome));

        var request = new LimitRaiseRequest(10, Guid.CreateVersion7(), LimitWindow.Lifetime, 900m, Moment("2090-01-01 00:00+00"), "please");
        Assert.Equal(LimitRaiseOutcome.Requested, (await _store.RequestLimitAsync(request, "admin 1")).Outcome);
        Assert.Equal(LimitRaiseOutcome.AlreadyRecorded, (await _store.RequestLimitAsync(request, "admin 1")).Outcome);
        foreach (var other in new[]
                 {
                     request with { Window = LimitWindow.Day },
                     request with { LimitWanted = 901m },
                     request with { ValidTo = null },
                     request with { Note = "now" },
                 })
            Assert.Equal((other, LimitRaiseOutcome.KeyReused), (other, (await _store.RequestLimitAsync(other, "admin 1")).Outcome));
        Assert.Equal(LimitRaiseOutcome.KeyReused, (await _store.RequestLimitAsync(request, "admin 2")).Outcome);

        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.limit_change"));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.limit_request"));
    }

    /// <summary>The database's clock, for this test's database alone; later than the real one, which registered the customers.</summary>
    private Task SetClockAsync(string moment) => ExecuteAsync(
        $"CREATE OR REPLACE FUNCTION store.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT ''{moment}''::timestamptz'");

    private async Task<(LimitChangeOutcome, decimal)> LimitAsync(LimitWindow window, decimal amount, string actor = "admin 1")
    {
        var reply = await _store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), window, null, amount, null, null, "why", actor));
        return (reply.Outcome, reply.OverBy ?? -1);
    }

    private Task<LimitChangeReply> ChangeAsync(decimal amount, string? from = null, string? to = null) =>
        _store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), LimitWindow.Lifetime, null, amount, Moment(from), Moment(to), "why", "admin 1"));

    private static DateTimeOffset? Moment(string? text) => text is null ? null : DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private async Task<IReadOnlyList<string>> LimitsAtAsync(params string[] moments)
    {
        var limits = new List<string>();
        foreach (var moment in moments)
        {
            await SetClockAsync(moment);
            await _store.DecidePurchaseRequestsAsync(10, 0);
            limits.Add(await ScalarAsync<string>("SELECT limit_amount::text FROM store.customer_purchased_amount WHERE customer_id = 10"));
        }

        return limits;
    }

    private async Task<LimitApprovalOutcome> ApproveAsync(LimitRaiseRequest request, decimal amount, string actor) =>
        (await _store.ApproveLimitRequestAsync(new(10, request.LimitRequestId, Guid.CreateVersion7(), amount, null, "", actor))).Outcome;

    /// <summary>One of a product, priced by the database's clock; what it came to and what is left.</summary>
    private async Task<(PurchaseOutcome Outcome, decimal Left)> BuyAsync(long productId)
    {
        var request = await RequestAsync(10, productId);
        var reply = await _store.PlacePurchaseAsync(request with { PricedAt = await ScalarAsync<DateTime>("SELECT store.clock()") });
        return (reply.Outcome, reply.LeftAmount ?? -1);
    }

    private Task<IReadOnlyList<string>> NoticesAsync() => QueryAsync<string>(
        "SELECT format('%s %s', window_name, \"percent\") FROM store.limit_notice WHERE window_name = 'day' ORDER BY sequence_number, \"percent\"");
}
