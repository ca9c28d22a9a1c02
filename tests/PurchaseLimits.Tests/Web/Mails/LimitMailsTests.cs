using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Mails;
using Xunit;

namespace PurchaseLimits.Tests.Web.Mails;

/// <summary>Mails about limits: every kind that the ledger asks for can be written, and each says which limit, how much and when.</summary>
public sealed class LimitMailsTests(PostgresServer server) : StoreWebTest(server)
{
    private const string NoticesForm = "main form[action='/account?handler=Notices']";

    private PurchaseLimits.Web.Store Store => Web.Services.GetRequiredService<PurchaseLimits.Web.Store>();

    protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Workers:Enabled"] = "false" };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 10);
    }

    [Fact]
    public async Task A_changed_weekly_limit_says_what_it_was_and_is_until_when_and_what_is_left()
    {
        await BuyAsync(2);
        var until = new DateTimeOffset(2099, 1, 2, 5, 0, 0, TimeSpan.Zero);
        await ChangeAsync(LimitWindow.Week, 300m, validTo: until);

        var (mail, parts) = (await MailsAsync("limit_changed")).Single();

        Assert.Equal("Your weekly limit is now $300.00: $260.00 left this week", mail.Subject);
        Assert.Equal("An admin changed your weekly limit from no limit to $300.00.", mail.Sentences[0]);
        foreach (var part in new[] { parts.Text, parts.Html })
        {
            Assert.Contains("It is for a time: until 2 Jan 2099, 05:00 UTC.", part, StringComparison.Ordinal);
            Assert.Contains("The reason: Because", part, StringComparison.Ordinal);
            Assert.Contains("Resets", part, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_set_to_come_says_from_when_and_a_customers_own_raise_that_it_can_be_taken_back()
    {
        await ExecuteAsync("UPDATE store.store_setting SET raise_delay = interval '2 days'");
        await AskAsync(900m, approve: true);
        await ChangeAsync(LimitWindow.Lifetime, 800m, validFrom: DateTimeOffset.UtcNow.AddDays(5));

        var mails = await MailsAsync("limit_change_scheduled");

        Assert.StartsWith("Your limit will be $900.00 from ", mails[0].Mail.Subject, StringComparison.Ordinal);
        Assert.Contains("until then you may take it back", mails[0].Mail.Sentences[0], StringComparison.Ordinal);
        Assert.Equal("/limit", mails[0].Mail.Link.Path);
        Assert.StartsWith("An admin set your limit to become $800.00 on ", mails[1].Mail.Sentences[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_came_into_force_by_itself_says_what_it_was_before()
    {
        await ChangeAsync(LimitWindow.Lifetime, 900m, validFrom: DateTimeOffset.UtcNow.AddDays(2));
        await ChangeAsync(LimitWindow.Month, 300m, validTo: DateTimeOffset.UtcNow.AddDays(3));
        await TurnClockAsync("8 days");
        await BuyAsync(1, days: 8);

        var mails = await MailsAsync("limit_took_effect");

        Assert.Equal("Your limit changed by itself from $500.00 to $900.00.", mails[0].Mail.Sentences[0]);
        Assert.Equal("Your limit is now $900.00: $900.00 left", mails[0].Mail.Subject);
        Assert.Equal("Your monthly limit changed by itself from $300.00 to no limit.", mails[1].Mail.Sentences[0]);
        Assert.DoesNotContain("999999", mails[1].Parts.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_taken_back_ended_early_or_denied_says_so_and_why()
    {
        await ChangeAsync(LimitWindow.Lifetime, 800m, validFrom: DateTimeOffset.UtcNow.AddDays(2));
        await EndLastAsync();
        await ChangeAsync(LimitWindow.Lifetime, 700m, validTo: DateTimeOffset.UtcNow.AddDays(2));
        await EndLastAsync();
        await AskAsync(900m, approve: false);

        var ended = await MailsAsync("limit_change_ended");
        Assert.Equal("Your limit will not become $800.00", ended[0].Mail.Subject);
        Assert.Equal("Your limit of $700.00 has ended early", ended[1].Mail.Subject);
        Assert.Contains("The reason: A mistake", ended[1].Mail.Sentences);
        var denied = (await MailsAsync("limit_raise_denied")).Single().Mail;
        Assert.Equal("Your limit stays what it is: the request for $900.00 was denied", denied.Subject);
        Assert.Contains("The admin wrote: Not now", denied.Sentences);
    }

    [Fact]
    public async Task A_refusal_and_a_confirmation_speak_of_the_limit_that_matters()
    {
        await ChangeAsync(LimitWindow.Week, 100m);
        await BuyAsync(2);
        await BuyAsync(4);

        var confirmed = (await MailsAsync("purchase_confirmed")).Single().Mail;
        Assert.EndsWith("is confirmed: $40.00, $60.00 left this week", confirmed.Subject, StringComparison.Ordinal);
        Assert.Contains(new MailFact("Left this week", "$60.00"), confirmed.Facts);
        Assert.Contains(new MailFact("Left", "$460.00"), confirmed.Facts);
        var refused = (await MailsAsync("purchase_refused")).Single().Mail;
        Assert.EndsWith("is refused: over your weekly limit by $20.00", refused.Subject, StringComparison.Ordinal);
        Assert.Contains(refused.Sentences, sentence => sentence.StartsWith("Your weekly limit is $100.00, of which $40.00 was used. It resets on ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_threshold_is_told_once_for_each_limit_window_and_share()
    {
        await ChangeAsync(LimitWindow.Day, 100m);
        var first = await BuyAsync(4);
        Assert.Equal(["day 80"], await NoticesAsync());
        var (mail, parts) = (await MailsAsync("limit_notice")).Single();
        Assert.Equal("You have used 80 % of your $100.00 daily limit: $20.00 left today", mail.Subject);
        Assert.StartsWith("You have used 80 % or more of your $100.00 daily limit: $80.00 bought, $20.00 left today. It resets on ", mail.Sentences[0], StringComparison.Ordinal);
        Assert.Contains("See your limits", parts.Html, StringComparison.Ordinal);

        // Back below it by a refund, and over it again: nobody is told twice.
        await RefundAsync(first, 80m);
        await BuyAsync(4);
        Assert.Equal(["day 80"], await NoticesAsync());
        await BuyAsync(1);
        Assert.Equal(["day 80", "day 100"], await NoticesAsync());
        Assert.Equal("You have used all of your $100.00 daily limit", (await MailsAsync("limit_notice"))[1].Mail.Subject);

        // Another day is another window.
        await TurnClockAsync("1 day");
        await BuyAsync(4, days: 1);
        Assert.Equal(["day 80", "day 100", "day 80"], await NoticesAsync());
        var all = await MailsAsync("limit_notice");
        Assert.Equal(3, all.Count);
        // However late it is written, it says what was so then.
        Assert.Equal(mail.Sentences, all[0].Mail.Sentences);
    }

    [Fact]
    public async Task Whoever_turned_notices_off_gets_none_and_every_other_mail()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        var account = await shopper.GetAsync("/account");
        Assert.Contains("On: a mail tells you when 80 % or 100 % of a limit is used.", account.Text, StringComparison.Ordinal);
        // Sent twice it is off, and not on again.
        Assert.Equal(HttpStatusCode.SeeOther, (await shopper.SubmitAsync(account, NoticesForm)).Status);
        account = await shopper.FollowAsync(await shopper.SubmitAsync(account, NoticesForm));
        Assert.Contains("Off: no mail tells you", account.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await shopper.SubmitAsync(account, NoticesForm, ("wanted", "maybe"))).Status);

        await ChangeAsync(LimitWindow.Day, 100m);
        await BuyAsync(4);
        Assert.Empty(await MailsAsync("limit_notice"));
        Assert.Single(await MailsAsync("purchase_confirmed"));
        Assert.Single(await MailsAsync("limit_changed"));

        await shopper.SubmitAsync(account, NoticesForm);
        // What was reached meanwhile is not told afterwards; what is reached from here on is.
        Assert.Empty(await MailsAsync("limit_notice"));
        await BuyAsync(1);
        Assert.Equal("You have used all of your $100.00 daily limit", (await MailsAsync("limit_notice")).Single().Mail.Subject);
        Assert.Equal(["day 80", "day 100"], await NoticesAsync());
    }

    [Fact]
    public async Task Whoever_is_over_the_limit_by_an_approval_is_told_so_and_by_how_much()
    {
        await BuyAsync(24);
        var refused = await BuyAsync(3);
        Assert.Equal(ApprovalOutcome.Asked, (await Store.AskApprovalAsync(10, refused, "Please")).Outcome);
        Assert.Equal(ApproveOutcome.Approved, (await Store.ApprovePurchaseAsync(new(10, refused, 40m, Guid.CreateVersion7(), "", "admin 1"))).Outcome);

        var notice = (await MailsAsync("limit_notice"))[^1].Mail;
        Assert.Equal("You are over your $500.00 limit by $40.00", notice.Subject);
        Assert.Equal("You are over your $500.00 limit by $40.00: $540.00 bought.", notice.Sentences[0]);
        Assert.Contains(notice.Facts, fact => (fact.Name, fact.Value) == ("Over by", "$40.00"));
        var approved = (await MailsAsync("purchase_confirmed"))[^1].Mail;
        Assert.Equal(["Limit $500.00", "Bought $540.00", "Over by $40.00"], approved.Facts.TakeLast(3).Select(fact => $"{fact.Name} {fact.Value}"));
        Assert.Contains("which is $40.00 more than you have left", (await MailsAsync("purchase_refused")).Single().Mail.Sentences[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_purchase_that_reaches_several_shares_sends_one_mail()
    {
        await ChangeAsync(LimitWindow.Day, 100m);
        await ChangeAsync(LimitWindow.Week, 120m);

        await BuyAsync(5);

        var mail = (await MailsAsync("limit_notice")).Single().Mail;
        Assert.Equal("You have used all of your $100.00 daily limit", mail.Subject);
        Assert.StartsWith("You have used 100 % of your $100.00 daily limit: $100.00 bought", mail.Sentences[0], StringComparison.Ordinal);
        Assert.StartsWith("You have used 80 % or more of your $120.00 weekly limit: $100.00 bought, $20.00 left this week.", mail.Sentences[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_mail_that_the_ledger_asks_for_can_be_written()
    {
        await ExecuteAsync("UPDATE store.store_setting SET raise_delay = interval '1 day'");
        await ChangeAsync(LimitWindow.Week, 200m, validTo: DateTimeOffset.UtcNow.AddDays(2));
        await BuyAsync(8);
        await BuyAsync(20);
        await AskAsync(900m, approve: true);
        await ChangeAsync(LimitWindow.Year, 700m, validFrom: DateTimeOffset.UtcNow.AddDays(10));
        await EndLastAsync();
        await AskAsync(950m, approve: false);
        await TurnClockAsync("8 days");
        await BuyAsync(1, days: 8);

        var kinds = await QueryAsync<string>("SELECT DISTINCT kind FROM store.outbox_message ORDER BY kind");
        Assert.Equal(["limit_change_ended", "limit_change_scheduled", "limit_changed", "limit_notice", "limit_raise_denied", "limit_took_effect", "purchase_confirmed", "purchase_refused"], kinds);
        foreach (var kind in kinds)
            Assert.All(await MailsAsync(kind), written => Assert.NotEmpty(written.Parts.Html));
    }

    /// <summary>As the outbox's worker writes them, oldest first.</summary>
    private async Task<IReadOnlyList<(Mail Mail, MailParts Parts)>> MailsAsync(string kind)
    {
        var writer = Web.Services.GetRequiredService<MailWriter>();
        var written = new List<(Mail, MailParts)>();
        foreach (var message in await QueryAsync<OutboxMessage>(
            "SELECT customer_id, message_key, kind, sequence_number, created_at, attempt_count FROM store.outbox_message WHERE kind = @kind ORDER BY sequence_number",
            new { kind }))
        {
            var (_, mail, parts) = await writer.ComposeAsync(message);
            written.Add((mail, parts));
        }

        return written;
    }

    private async Task<Guid> BuyAsync(int quantity, int days = 0)
    {
        var request = await RequestAsync(10, quantity: quantity);
        await Store.PlacePurchaseAsync(request with { PricedAt = request.PricedAt.AddDays(days) }, Cancelled);
        return request.PurchaseId;
    }

    private Task RefundAsync(Guid purchaseId, decimal amount) => ExecuteAsync(
        """
        BEGIN ISOLATION LEVEL SERIALIZABLE;
        SELECT store.refund_purchase(10, @purchaseId, gen_random_uuid(), @amount, '{}', '{}', 'Broken', 'admin 1');
        COMMIT
        """,
        new { purchaseId, amount });

    private async Task ChangeAsync(LimitWindow window, decimal limitAfter, DateTimeOffset? validFrom = null, DateTimeOffset? validTo = null) =>
        Assert.Equal(validFrom is null ? LimitChangeOutcome.Changed : LimitChangeOutcome.Scheduled, (await Store.ChangeLimitAsync(new LimitChangeRequest(
            10, Guid.CreateVersion7(), window, null, limitAfter, validFrom, validTo, "Because", "admin 1"))).Outcome);

    private async Task EndLastAsync()
    {
        var (id, sequenceNumber) = (await QueryAsync<(Guid, long)>(
            "SELECT limit_change_id, sequence_number FROM store.limit_change ORDER BY sequence_number DESC LIMIT 1")).Single();
        Assert.Equal(LimitEndOutcome.Ended, (await Store.EndLimitChangeAsync(10, id, sequenceNumber, "A mistake", "admin 1")).Outcome);
    }

    private async Task AskAsync(decimal wanted, bool approve)
    {
        var id = Guid.CreateVersion7();
        await Store.RequestOwnLimitAsync(new LimitRaiseRequest(10, id, LimitWindow.Lifetime, wanted, null, "Please"));
        if (approve)
            Assert.Equal(LimitApprovalOutcome.Scheduled, (await Store.ApproveLimitRequestAsync(new LimitApproval(10, id, Guid.CreateVersion7(), wanted, null, "", "admin 1"))).Outcome);
        else
            Assert.Equal(LimitRequestClosedOutcome.Denied, (await Store.DenyLimitRequestAsync(10, id, "Not now", "admin 1")).Outcome);
    }

    private Task<IReadOnlyList<string>> NoticesAsync() => QueryAsync<string>(
        "SELECT format('%s %s', window_name, \"percent\") FROM store.limit_notice ORDER BY sequence_number, \"percent\"");

    private Task TurnClockAsync(string by) => ExecuteAsync(
        $"CREATE OR REPLACE FUNCTION store.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $body$ SELECT clock_timestamp() + interval '{by}' $body$");
}
