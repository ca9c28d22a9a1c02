using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin;

public sealed class SettingsPageTests(PostgresServer server) : StoreWebTest(server)
{
    private const string Form = "#settings";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddAdminAsync();
        await ExecuteAsync(
            """
            INSERT INTO account.user (role, email, normalized_email, password_hash, security_stamp)
            SELECT 'admin', 'second@example.com', 'SECOND@EXAMPLE.COM', u.password_hash, 'stamp' FROM account.user u
            """);
    }

    [Fact]
    public async Task Every_setting_is_on_the_page_and_every_one_can_be_changed()
    {
        using var admin = await SignedInAsync("admin@example.com");
        var page = await admin.GetAsync("/admin/settings");

        var saved = await admin.SubmitAsync(page, Form,
            ("defaultLimit", "750.50"), ("defaultDayLimit", "100"), ("defaultDayLimitNone", null), ("defaultWeekLimit", "200"), ("defaultWeekLimitNone", null),
            ("defaultMonthLimit", "300"), ("defaultMonthLimitNone", null), ("defaultYearLimit", "0"), ("defaultYearLimitNone", null),
            ("quoteLife", "2"), ("quoteLifeUnit", "hours"), ("holdLife", "36"), ("holdLifeUnit", "hours"), ("approvalLife", "14"), ("raiseDelay", "90"),
            ("raiseDelayUnit", "minutes"), ("deferredConfirmation", "true"), ("refundRestoresAllowance", null), ("secondAdminAbove", "5000"),
            ("secondAdminAboveNone", null), ("weekStartsOn", "7"), ("timeZone", "Europe/Vienna"), ("noticePercents", "100, 75,90"), ("reason", "A new year"));

        Assert.Equal(HttpStatusCode.SeeOther, saved.Status);
        Assert.Equal(["750.50 100 200 300 0 02:00:00 1 day 12:00:00 14 days 01:30:00 t f 5000 7 Europe/Vienna {75,90,100} 2"], await QueryAsync<string>(
            """
            SELECT concat_ws(' ', default_limit, default_day_limit, default_week_limit, default_month_limit, default_year_limit, quote_life, hold_life,
                             approval_life, raise_delay, deferred_confirmation, refund_restores_allowance, second_admin_above, week_starts_on, time_zone,
                             notice_percents, version)
            FROM store.store_setting
            """));
        // No column is left out: what is a setting is in the log now, each one.
        Assert.Equal(await ScalarAsync<long>("SELECT count(*) - 2 FROM pg_attribute WHERE attrelid = 'store.store_setting'::regclass AND attnum > 0"),
            await ScalarAsync<long>("SELECT count(*) FROM store.setting_change"));
        var after = await admin.FollowAsync(saved);
        Assert.Equal("36", after.Document.QuerySelector("#holdLife")!.GetAttribute("value"));
        Assert.Equal("75, 90, 100", after.Document.QuerySelector("#noticePercents")!.GetAttribute("value"));
        var audit = await admin.GetAsync("/admin/audit?kind=settings");
        foreach (var text in new[] { "Time zone UTC Europe/Vienna A new year", "Second admin above never $5,000.00", "Weeks begin on Monday Sunday", "80 %, 100 % 75 %, 90 %, 100 %", "3 days 1 day 12 hours" })
            Assert.Contains(text, audit.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("defaultLimit", "")]
    [InlineData("defaultLimit", "9999999999.99")]
    [InlineData("defaultLimit", "1e3")]
    [InlineData("secondAdminAbove", "-1")]
    [InlineData("quoteLife", "0")]
    [InlineData("quoteLife", "25", "quoteLifeUnit", "hours")]
    [InlineData("holdLife", "93")]
    [InlineData("approvalLife", "1.5")]
    [InlineData("raiseDelay", "9999999", "raiseDelayUnit", "days")]
    [InlineData("raiseDelay", "1", "raiseDelayUnit", "years")]
    [InlineData("weekStartsOn", "8")]
    [InlineData("timeZone", "Mars/Olympus_Mons")]
    [InlineData("timeZone", "ABC+3")]
    [InlineData("noticePercents", "49")]
    [InlineData("noticePercents", "101")]
    [InlineData("noticePercents", "50,60,70,80,90,100")]
    [InlineData("noticePercents", "eighty")]
    [InlineData("reason", "  ")]
    public async Task What_no_setting_can_be_is_said_at_its_field_and_changes_nothing(string field, string value, string? other = null, string? otherValue = null)
    {
        using var admin = await SignedInAsync("admin@example.com");
        var refused = await admin.SubmitAsync(await admin.GetAsync("/admin/settings"), Form,
            [
                .. new (string Name, string?)[] { ("secondAdminAboveNone", null), ("secondAdminAbove", "5000"), ("reason", "why") }.Where(change => change.Name != field),
                (field, value),
                .. other is null ? [] : new[] { (other, otherValue) },
            ]);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Single(refused.Document.QuerySelectorAll(".field-error"));
        Assert.Single(refused.Document.QuerySelectorAll($"#{field}-error"));
        Assert.Equal(1, await ScalarAsync<long>("SELECT version FROM store.store_setting"));
    }

    [Fact]
    public async Task The_second_of_two_admins_sees_what_changed_and_keeps_it_when_they_save_once_more()
    {
        using var first = await SignedInAsync("admin@example.com");
        using var second = await SignedInAsync("second@example.com");
        var late = await second.GetAsync("/admin/settings");
        await first.SubmitAsync(await first.GetAsync("/admin/settings"), Form, ("defaultLimit", "600"), ("weekStartsOn", "6"), ("reason", "first"));

        var shown = await second.SubmitAsync(late, Form, ("holdLife", "5"), ("weekStartsOn", "7"), ("reason", "second"));

        Assert.Equal(HttpStatusCode.Conflict, shown.Status);
        foreach (var text in new[] { "$500.00 → $600.00", "Monday → Saturday", "admin@example.com", "first" })
            Assert.Contains(text, shown.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, (await second.SubmitAsync(shown, Form)).Status);
        Assert.Equal(["600.00 7 5 days"], await QueryAsync<string>("SELECT concat_ws(' ', default_limit, week_starts_on, hold_life) FROM store.store_setting"));
    }

    [Fact]
    public async Task What_loosens_a_rule_for_two_waits_for_another_admin()
    {
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 5000");
        using var first = await SignedInAsync("admin@example.com");
        using var second = await SignedInAsync("second@example.com");

        var asked = await first.SubmitAsync(await first.GetAsync("/admin/settings"), Form, ("secondAdminAboveNone", "true"), ("reason", "One of us is away"));
        var own = await first.FollowAsync(asked);
        Assert.Empty(own.Document.QuerySelectorAll("#approve"));
        Assert.Equal(5000m, await ScalarAsync<decimal>("SELECT second_admin_above FROM store.store_setting"));

        var page = await second.GetAsync("/admin/settings");
        foreach (var text in new[] { "admin@example.com", "Second admin above: $5,000.00 → never", "One of us is away" })
            Assert.Contains(text, page.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, (await second.SubmitAsync(page, "#approve")).Status);
        Assert.Equal(Limit, await ScalarAsync<decimal>("SELECT second_admin_above FROM store.store_setting"));
        var audit = await second.GetAsync("/admin/audit?kind=settings");
        Assert.Contains("Proposed a setting to a second admin: Second admin above $5,000.00 never One of us is away", audit.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_limit_for_new_customers_takes_the_right_and_the_page_says_who_has_it()
    {
        using var admin = await SignedInAsync("admin@example.com");
        var page = await admin.GetAsync("/admin/settings");
        Assert.Contains("Who may take a limit away Nobody.", page.Text, StringComparison.Ordinal);
        var refused = await admin.SubmitAsync(page, Form, ("defaultLimitNone", "true"), ("reason", "why"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Single(refused.Document.QuerySelectorAll("#defaultLimit-error"));

        await ExecuteAsync("INSERT INTO store.admin_right SELECT format('admin %s', user_id), 'no_limit' FROM account.user WHERE email = 'admin@example.com'");
        Assert.Equal(HttpStatusCode.SeeOther, (await admin.SubmitAsync(page, Form, ("defaultLimitNone", "true"), ("reason", "why"))).Status);
        Assert.Contains("· admin@example.com", (await admin.GetAsync("/admin/settings")).Document.QuerySelector("section[aria-labelledby='rights-title']")!.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version", "2")]
    [InlineData("version", "x")]
    [InlineData("version", null)]
    public async Task A_form_that_no_page_of_ours_sent_is_a_400(string field, string? value)
    {
        using var admin = await SignedInAsync("admin@example.com");
        var refused = await admin.SubmitAsync(await admin.GetAsync("/admin/settings"), Form, ("defaultLimit", "1"), ("reason", "why"), (field, value));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
    }

    private const decimal Limit = PurchaseLimits.Web.Limit.None;
}
