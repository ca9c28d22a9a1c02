using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Workers;

/// <summary>Mails leave at least once and never too early, whatever the mail server does.</summary>
public sealed class OutboxWorkerTests(PostgresServer server) : StoreWebTest(server)
{
    private SmtpServer Smtp { get; set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Smtp = Own(new SmtpServer());
        await AddSignInsAsync(1, 20);
    }

    // The process with the development mailbox would take the mails: these tests start their own.
    protected override bool StartsWeb => false;

    [Fact]
    public async Task What_was_committed_arrives_once_in_two_parts_and_is_marked()
    {
        NewWeb();
        await AddMailAsync(1);

        await SentAsync(1);

        var mail = Assert.Single(Smtp.Accepted);
        Assert.Equal("Customer 1", Assert.Single(mail.To.Mailboxes).Name);
        Assert.Equal("customer1@example.com", Assert.Single(mail.To.Mailboxes).Address);
        Assert.Equal("Your password was changed", mail.Subject);
        foreach (var part in new[] { mail.TextBody, mail.HtmlBody })
        {
            Assert.Contains("Hello Customer 1", part, StringComparison.Ordinal);
            Assert.Contains("https://store.example/account", part, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_was_not_committed_does_not_leave()
    {
        NewWeb();
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        await using (var transaction = await connection.BeginTransactionAsync(Cancelled))
        {
            await InsertAsync(connection, 1);
            await AddMailAsync(2);
            await SentAsync(1);
            await transaction.RollbackAsync(Cancelled);
        }

        await AddMailAsync(3);
        await SentAsync(2);

        Assert.Equal(["customer2@example.com", "customer3@example.com"], Arrived());
    }

    [Fact]
    public async Task A_lost_reply_means_a_second_mail_with_the_same_Message_ID()
    {
        var first = true;
        Smtp.Answer = _ => Interlocked.Exchange(ref first, false) ? SmtpAnswer.AcceptAndHangUp : SmtpAnswer.Accept;
        NewWeb();
        await AddMailAsync(1);

        await SentAsync(1);

        Assert.Equal(2, Smtp.Accepted.Count);
        Assert.Single(Smtp.Accepted.Select(mail => mail.MessageId).Distinct());
        Assert.EndsWith("@store.example", Smtp.Accepted[0].MessageId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_that_hangs_holds_up_no_other_and_is_not_lost()
    {
        var hangs = new TaskCompletionSource();
        Smtp.Answer = mail =>
        {
            if (mail.To.Mailboxes.Single().Address != "customer1@example.com" || !hangs.TrySetResult())
                return SmtpAnswer.Accept;
            return SmtpAnswer.Hang;
        };
        NewWeb(("Mail:SendTimeout", "00:00:10"));
        await AddMailAsync(1);
        await hangs.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);

        for (var customerId = 2; customerId <= 20; customerId++)
            await AddMailAsync(customerId);
        await SentAsync(19);
        Assert.Equal(1, await CountAsync("sent_at IS NULL AND attempt_count = 1 AND last_error IS NULL")); // it hangs still

        await SentAsync(20);
        Assert.Contains("customer1@example.com", Arrived());
    }

    [Fact]
    public async Task A_dead_server_loses_nothing_and_stops_nothing()
    {
        var port = Smtp.Port;
        await Smtp.DisposeAsync();
        var web = NewWeb(("Mail:MaxAttempts", "100"));
        for (var customerId = 1; customerId <= 5; customerId++)
            await AddMailAsync(customerId);
        await CountedAsync(5, "attempt_count >= 2 AND last_error LIKE '%could not be reached%'");

        using var shopper = web.NewShopper();
        Assert.Equal(HttpStatusCode.OK, (await shopper.GetAsync("/")).Status);

        Smtp = Own(new SmtpServer(port));
        await SentAsync(5);
        Assert.Equal(5, Arrived().Distinct().Count());
    }

    [Fact]
    public async Task After_N_failures_it_is_parked_and_an_admin_sends_it_again()
    {
        Smtp.Answer = _ => SmtpAnswer.RefuseForNow;
        await AddAdminAsync();
        var web = NewWeb(("Mail:MaxAttempts", "3"));
        await AddMailAsync(1);
        await CountedAsync(1, "parked_at IS NOT NULL");
        Assert.Equal(3, await ScalarAsync<long>("SELECT attempt_count FROM store.outbox_message"));

        using var admin = web.NewShopper();
        await admin.SignInAsync("admin@example.com");
        var page = await admin.GetAsync("/admin/mails");
        foreach (var text in new[] { "Customer 1", "password changed", "451", "not now", "3" })
            Assert.Contains(text, page.Text, StringComparison.Ordinal);
        Smtp.Answer = _ => SmtpAnswer.Accept;
        var again = await admin.SubmitAsync(page, "main form[action='/admin/mails']");

        Assert.Equal(HttpStatusCode.SeeOther, again.Status);
        await SentAsync(1);
        Assert.Single(Smtp.Accepted);
        Assert.Contains("None.", (await admin.FollowAsync(again)).Text, StringComparison.Ordinal);
        var late = await admin.SubmitAsync(page, "main form[action='/admin/mails']");
        Assert.Contains("not parked any more", (await admin.FollowAsync(late)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_that_the_server_will_never_take_is_parked_at_once()
    {
        Smtp.Answer = mail => mail.To.Mailboxes.Single().Address == "customer1@example.com" ? SmtpAnswer.RefuseForGood : SmtpAnswer.Accept;
        NewWeb();
        await AddMailAsync(1);
        await AddMailAsync(2);

        await SentAsync(1);
        await CountedAsync(1, "parked_at IS NOT NULL AND attempt_count = 1 AND last_error LIKE '%550%never%'");
    }

    [Fact]
    public async Task Who_has_no_account_gets_no_mail_and_an_admin_sees_why()
    {
        await AddCustomersAsync(30, 30);
        NewWeb();
        await AddMailAsync(30);

        await CountedAsync(1, "parked_at IS NOT NULL AND last_error LIKE 'The customer has no account%'");
        Assert.Empty(Smtp.Accepted);
    }

    [Fact]
    public async Task Two_processes_send_each_mail_once()
    {
        for (var i = 0; i < 5; i++)
        {
            for (var customerId = 1; customerId <= 20; customerId++)
                await AddMailAsync(customerId);
        }

        NewWeb();
        NewWeb();
        await SentAsync(100);

        Assert.Equal(100, Smtp.Accepted.Count);
        Assert.Equal(100, Smtp.Accepted.Select(mail => mail.MessageId).Distinct().Count());
        // Each process sends four at once at most, and keeps a connection while there is more to send.
        Assert.InRange(Smtp.Connections, 1, 40);
    }

    [Fact]
    public void A_process_that_is_told_not_to_work_in_the_background_has_no_workers()
    {
        Assert.Equal(2, Workers(NewWeb()));
        Assert.Equal(0, Workers(NewWeb(("Workers:Enabled", "false"))));

        static int Workers(WebStore web) => web.Services.GetServices<IHostedService>()
            .Count(service => service is OutboxWorker or PurchaseWorker);
    }

    private WebStore NewWeb(params (string Name, string Value)[] settings) => Own(new WebStore(ConnectionString, new Dictionary<string, string>(
        settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)).Concat(
            new Dictionary<string, string>
            {
                ["Mail:SmtpHost"] = "127.0.0.1",
                ["Mail:SmtpPort"] = $"{Smtp.Port}",
                ["Mail:SmtpSecurity"] = "None",
                ["Mail:From"] = "The store <store@store.example>",
                ["Mail:PublicUrl"] = "https://store.example/",
                ["Mail:FirstPause"] = "00:00:00.05",
                ["Workers:PollInterval"] = "00:00:00.05",
            }.ExceptBy(settings.Select(setting => setting.Name), pair => pair.Key)))));

    private async Task AddMailAsync(long customerId)
    {
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        await InsertAsync(connection, customerId);
    }

    private static async Task InsertAsync(NpgsqlConnection connection, long customerId)
    {
        await using var command = new NpgsqlCommand(
            $"INSERT INTO store.outbox_message (customer_id, message_key, kind) VALUES ({customerId}, 'test {Guid.NewGuid()}', 'password_changed')", connection);
        await command.ExecuteNonQueryAsync(Cancelled);
    }

    private Task<long> CountAsync(string condition) => ScalarAsync<long>($"SELECT count(*) FROM store.outbox_message WHERE {condition}");

    private Task SentAsync(int count) => CountedAsync(count, "sent_at IS NOT NULL");

    private Task CountedAsync(int atLeast, string condition) =>
        UntilAsync($"SELECT count(*) >= {atLeast} FROM store.outbox_message WHERE {condition}");

    private string[] Arrived() => [.. Smtp.Accepted.Select(mail => mail.To.Mailboxes.Single().Address)];
}
