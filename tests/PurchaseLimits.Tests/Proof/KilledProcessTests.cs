using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// Two web processes are killed with SIGKILL in the middle of a mixed load, in turn, and started again: customers check out at either over
/// HTTP, their workers decide and send mails, and another process sends every other command meanwhile.
/// </summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class KilledProcessTests(PostgresServer server) : StoreWebTest(server)
{
    private const int Seed = 20261124;
    private const int Shoppers = 12;
    private static readonly int s_checkoutsEach = ProofTier.Of(12, 80);
    private static readonly int s_kills = ProofTier.Of(4, 24);
    private const int OtherCallers = 4;
    private const int CommandsEach = 80;
    private const int Priced = 20;
    private const int OnRequest = 10;
    private const string OrderForm = "main form[action='/checkout']";

    private readonly ConcurrentDictionary<Guid, HttpStatusCode> _answered = new();

    [Fact]
    public async Task Nothing_acknowledged_is_lost_nothing_happens_twice_and_every_mail_arrives()
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}");
        var started = Stopwatch.GetTimestamp();
        await AddProductsAsync([.. Enumerable.Range(1, Priced).Select(price => (decimal)price)]);
        await ExecuteAsync(
            "INSERT INTO store.product (product_id, category_id, name, description, tile) SELECT n, 1, 'Product ' || n, '', 'mug' FROM generate_series(@first, @last) n",
            new { first = Priced + 1, last = Priced + OnRequest });
        await AddSignInsAsync(1, Shoppers);
        // A process of its own hashes as dearly as in production, and would hash a cheap password again at its first use.
        await ExecuteAsync("UPDATE account.user SET password_hash = @hash", new { hash = AdminAccount.Hash(Password) });
        // A mail server that refuses, hangs and accepts in turn.
        await using var mails = new SmtpServer();
        var answers = new Random(Seed);
        mails.Answer = _ => (SmtpAnswer)new[] { 0, 0, 0, 0, 1, 3, 4 }[answers.Next(7)];
        var settings = new Dictionary<string, string>
        {
            ["Mail:SmtpHost"] = "127.0.0.1",
            ["Mail:SmtpPort"] = $"{mails.Port}",
            ["Mail:SmtpSecurity"] = "None",
            ["Mail:SendTimeout"] = "00:00:00.5",
            ["Mail:FirstPause"] = "00:00:00.05",
            ["Mail:MaxAttempts"] = "100",
            ["Mail:MaxParallel"] = "8",
            ["Workers:PollInterval"] = "00:00:00.1",
        };
        WebProcess[] webs = [Own(new WebProcess(ConnectionString, settings)), Own(new WebProcess(ConnectionString, settings))];
        foreach (var web in webs)
            await web.StartAsync();
        var clock = await ScalarAsync<DateTime>("SELECT clock_timestamp()") - DateTime.UtcNow;
        var other = new MixedLoad([NewStore()], Shoppers, Priced, OnRequest) { LimitSequenceNumber = LimitSequenceNumberAsync, PriceNow = PriceNowAsync };

        var running = Task.WhenAll(
            Enumerable.Range(1, Shoppers).Select(i => Task.Run(() => ShopAsync(webs[i % webs.Length], i, new Random(Seed + i))))
                .Concat(Enumerable.Range(0, OtherCallers).Select(i => Task.Run(() => other.RunAsync(
                    Seed + 1000 + i, CommandsEach, () => DateTimeOffset.UtcNow + clock - TimeSpan.FromSeconds(2))))));
        for (var kill = 1; kill <= s_kills; kill++)
        {
            // In the middle: a part of the checkouts is answered, the others are on their way. Half of the time they are only taken.
            var part = kill * Shoppers * s_checkoutsEach / (s_kills + 1);
            while (_answered.Count < part && !running.IsCompleted)
                await Task.Delay(10, Cancelled);
            if (running.IsCompleted)
                break; // it failed: nobody stops before the last kill
            var killed = webs[kill % webs.Length];
            await killed.KillAsync();
            await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = NOT deferred_confirmation, hold_life = interval '2 seconds'");
            await killed.StartAsync();
        }

        _killsAreOver = true;
        await running;
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM store.purchase_request)");
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM store.purchase WHERE expires_at < clock_timestamp())");
        mails.Answer = _ => SmtpAnswer.Accept;
        // What a killed worker had claimed is left to its lease; nobody waits for a minute here.
        await ExecuteAsync("UPDATE store.outbox_message SET next_attempt_at = clock_timestamp() WHERE sent_at IS NULL");
        // Thousands wait after a night: of those that hung each took half a second.
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM store.outbox_message WHERE sent_at IS NULL)", patience: ProofTier.Of(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)));

        var recorded = (await QueryAsync<Guid>("SELECT purchase_id FROM store.purchase")).ToHashSet();
        var refused = (await QueryAsync<Guid>("SELECT purchase_id FROM store.purchase_receipt WHERE status = 'refused'")).ToHashSet();
        var acknowledged = _answered.Keys.Concat(other.Acknowledged.Keys).ToHashSet();
        var refunds = (await QueryAsync<(Guid, decimal)>("SELECT refund_id, amount FROM store.refund")).ToHashSet();
        var refunded = other.Refunded.Select(pair => (pair.Key, pair.Value)).ToHashSet();
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        string[] violations =
        [
            .. acknowledged.Except(recorded).Select(key => $"acknowledged purchase {key} is lost"),
            .. recorded.Except(acknowledged).Select(key => $"purchase {key} is there, and nobody was told"),
            .. _answered.Where(pair => pair.Value == HttpStatusCode.UnprocessableEntity && !refused.Contains(pair.Key)).Select(pair => $"{pair.Key} was refused on its page alone"),
            .. refunded.Except(refunds).Select(refund => $"acknowledged refund {refund} is lost"),
            .. refunds.Except(refunded).Select(refund => $"refund {refund} is there, and nobody was told"),
            .. await QueryAsync<string>("SELECT detail FROM store.integrity_violation"),
            .. (await LedgerReplay.ReadAsync(connection)).Differences,
        ];
        ProofRun.Add(new()
        {
            Section = "Faults",
            What = "two web processes killed in turn under load",
            Tried = s_kills,
            Unit = "kills",
            Violations = violations.Length,
            Seed = Seed,
            Outcomes = new Dictionary<string, long>
            {
                ["checkouts over HTTP"] = _answered.Count,
                ["purchases besides"] = other.Acknowledged.Count,
                ["mails"] = mails.Accepted.Count,
                ["of these sent twice"] = mails.Accepted.Count - mails.Accepted.Select(mail => mail.MessageId).Distinct().Count(),
            },
            Took = Stopwatch.GetElapsedTime(started),
        });
        Assert.Empty(violations);
        Assert.InRange(_checkouts, Shoppers * s_checkoutsEach, int.MaxValue);
        Assert.Equal(_checkouts, _answered.Count);

        // Every mail that a committed change caused arrived, under one Message-ID however often; none came from nowhere.
        Assert.Equal(
            await ScalarAsync<long>($"SELECT count(*) + (SELECT count(DISTINCT (customer_id, sequence_number)) FROM store.limit_notice) FROM store.customer_event WHERE {MixedLoad.WithMail}"),
            await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message"));
        Assert.Equal(
            await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message"),
            mails.Accepted.Select(mail => mail.MessageId).Distinct().Count());
    }

    /// <summary>One customer's checkouts. A page that was sent is sent again until it is answered, as a person would.</summary>
    private async Task ShopAsync(WebProcess web, long customer, Random random)
    {
        using var shopper = new Shopper(web.Address);
        var signedIn = await UntilAnsweredAsync(async () =>
        {
            var form = await shopper.GetAsync("/sign-in");
            return form.Status == HttpStatusCode.OK
                ? await shopper.SubmitAsync(form, "form[action='/sign-in']", ("email", $"customer{customer}@example.com"), ("password", Password))
                : null;
        });
        Assert.Equal(HttpStatusCode.Redirect, signedIn.Status);
        // At least that many, and until the last kill is over: how fast this machine is decides nothing.
        for (var i = 0; i < s_checkoutsEach || !_killsAreOver; i++)
        {
            var product = random.Next(1, Priced + 1);
            var quantity = random.Next(1, 6);
            WebPage? page = null;
            while (page is null)
            {
                await ExecuteAsync(
                    """
                    INSERT INTO store.cart_line (customer_id, product_id, quantity) VALUES (@customer, @product, @quantity)
                    ON CONFLICT (customer_id, product_id) DO UPDATE SET quantity = excluded.quantity
                    """, new { customer, product, quantity });
                var shown = await UntilAnsweredAsync<WebPage>(async () => await shopper.GetAsync("/checkout"));
                // Above what is left the page offers no button: then less is bought, or the form is sent as it would have been.
                page = shown.Document.QuerySelector(OrderForm) is null ? null : shown;
                if (page is null)
                {
                    await ExecuteAsync("DELETE FROM store.cart_line WHERE customer_id = @customer", new { customer });
                    await NewLimitAsync(customer);
                }
            }

            var key = Guid.Parse(page.Document.QuerySelector($"{OrderForm} input[name='purchase_id']")!.GetAttribute("value")!);
            var answer = await UntilAnsweredAsync(async () =>
            {
                var sent = await shopper.SubmitAsync(page, OrderForm);
                return sent.Status is HttpStatusCode.SeeOther or HttpStatusCode.UnprocessableEntity ? sent : null;
            });
            _answered[key] = answer.Status;
            Interlocked.Increment(ref _checkouts);
        }
    }

    /// <summary>Room for more, from an admin.</summary>
    private async Task NewLimitAsync(long customer)
    {
        foreach (var (window, used) in await QueryAsync<(string, decimal)>(
                     "SELECT window_name, amount + held FROM store.customer_window_allowance WHERE customer_id = @customer", new { customer }))
        {
            await _admin.ChangeLimitAsync(new(
                customer, Guid.CreateVersion7(), Enum.Parse<LimitWindow>(window, ignoreCase: true), null, used + 200m, null, null, "as asked", "admin 1"));
        }
    }

    private PurchaseLimits.Web.Store _admin = null!;
    private volatile bool _killsAreOver;
    private int _checkouts;

    // In a process of its own, not in this one.
    protected override bool StartsWeb => false;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _admin = NewStore();
    }

    /// <summary>Again while nobody answers, or says that the store is away or busy.</summary>
    private static async Task<T> UntilAnsweredAsync<T>(Func<Task<T?>> ask)
    {
        while (true)
        {
            try
            {
                var answer = await ask();
                if (answer is not (null or WebPage { Status: HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests }))
                    return answer;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                // The process was killed.
            }

            await Task.Delay(50, Cancelled);
        }
    }
}
