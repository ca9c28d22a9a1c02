using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// Every command at once, by 16 callers through two web processes with a worker each, for few customers and for many. The rules are
/// asked while it runs, and at the end the whole history is decided once more by a model.
/// </summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class MixedLoadTests(PostgresServer server) : StoreTest(server)
{
    private const int Callers = 16;
    private const int Priced = 20;
    private const int OnRequest = 30;
    private const int Readings = 3;

    private static readonly string[] s_must =
    [
        "buy Confirmed", "buy Processing", "buy OverLimit", "buy again AlreadyRecorded", "cancel Cancelled", "ask Asked", "approve Approved", "decline Declined",
        "refund Refunded", "refund AlreadyRecorded", "limit Changed", "limit Scheduled", "limit NeedsSecondAdmin", "admin asks Requested", "lower own Changed",
        "ask for more Requested", "grant Approved", "grant Scheduled", "grant NeedsSecondAdmin", "grant as well Approved", "deny Denied", "take own request back Cancelled",
        "end Ended", "price PriceSet", "future price PriceSet", "take price back TakenBack", "stage prices Staged", "confirm prices Confirmed", "import prices Done", "withdraw Withdrawn", "restore Restored", "create Created",
        "change product Changed", "settings Changed", "open account Opened", "stage limits Staged", "confirm limits Confirmed", "cancel limits Cancelled", "import limits done", "freeze NoDifference", "release NotFrozen",
    ];

    /// <summary>How many customers, and how many times: a night's worth is many such databases, each no larger than this.</summary>
    public static TheoryData<int, int> Loads()
    {
        var loads = new TheoryData<int, int>();
        for (var night = 0; night < ProofTier.Of(1, 48); night++)
        {
            foreach (var customers in new[] { 4, 24, 200 })
                loads.Add(customers, night);
        }

        return loads;
    }

    [Theory]
    [MemberData(nameof(Loads))]
    public async Task Every_rule_holds_after_every_command_was_sent_at_once(int customers, int night)
    {
        var seed = unchecked(ProofTier.Seed("LOAD_SEED") + night * 1000);
        var started = Stopwatch.GetTimestamp();
        await PrepareAsync(customers);
        var clock = await ScalarAsync<DateTime>("SELECT clock_timestamp()") - DateTime.UtcNow;
        PurchaseLimits.Web.Store[] stores = [NewStore(), NewStore()];
        BackgroundService[] workers = [.. stores.Select(NewWorker), .. stores.Select(NewImportWorker)];
        foreach (var worker in workers)
            await worker.StartAsync(Cancelled);
        var load = new MixedLoad(stores, customers, Priced, OnRequest) { ChangesStore = true, LimitSequenceNumber = LimitSequenceNumberAsync, PriceNow = PriceNowAsync };

        const int CommandsEach = 420;
        var running = Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() => load.RunAsync(
            unchecked(seed + i), CommandsEach, () => DateTimeOffset.UtcNow + clock - TimeSpan.FromSeconds(2)))));
        // Meanwhile a process refreshes the reports again and again: I10 is among the rules.
        var refresher = NewRefresher(every: TimeSpan.FromMilliseconds(200));
        var refreshing = Task.Run(() => RefreshUntilAsync(refresher, running), Cancelled);
        var violations = new List<string>();
        for (var reading = 1; reading <= Readings; reading++)
        {
            while (load.Sent < reading * Callers * CommandsEach / (Readings + 1) && !running.IsCompleted)
                await Task.Delay(20, Cancelled);
            violations.AddRange(await ViolationsAsync());
        }

        await running;
        Assert.True(await refreshing >= 5);
        Assert.Empty(await QueryAsync<string>("SELECT error FROM report.report_refresh WHERE error NOT LIKE 'A transaction that began%' AND error NOT LIKE '40001%' AND error NOT LIKE 'Another process%'"));
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM store.purchase_request)");
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM store.limit_import WHERE status IN ('confirmed', 'in_force') OR is_announced)", patience: TimeSpan.FromMinutes(1));
        foreach (var worker in workers)
            await worker.StopAsync(CancellationToken.None);
        violations.AddRange(await ViolationsAsync());
        violations.AddRange(await LostAsync(load));
        violations.AddRange(await MailsAsync());

        var outcomes = load.Outcomes.ToDictionary(pair => $"{pair.Key.Command} {pair.Key.Outcome}", pair => (long)pair.Value);
        foreach (var (status, count) in await QueryAsync<(string, long)>("SELECT status, count(*) FROM store.limit_import GROUP BY status"))
            outcomes[$"import limits {status}"] = count;
        ProofRun.Add(new()
        {
            Section = "Mixed load",
            What = $"every command at once, {customers} customers",
            Tried = load.Sent,
            Unit = "operations",
            Violations = violations.Count,
            Seed = seed,
            Outcomes = outcomes,
            Took = Stopwatch.GetElapsedTime(started),
        });
        Assert.True(violations.Count == 0, string.Join(Environment.NewLine, violations.Take(20)));
        Assert.InRange(load.Sent, Callers * CommandsEach, int.MaxValue);
        // Every command did what it is there for, or the load says nothing.
        Assert.All(s_must, outcome => Assert.True(outcomes.ContainsKey(outcome), $"never: {outcome}"));
        Assert.Equal(["cancelled", "confirmed", "expired", "partly_refunded", "refunded", "refused"], (await QueryAsync<string>(
            "SELECT DISTINCT status FROM store.purchase WHERE status NOT IN ('processing', 'awaiting_approval')")).Order());
    }

    private LimitImportWorker NewImportWorker(PurchaseLimits.Web.Store store) => new(
        store,
        NewDataSources(),
        Options.Create(new WorkerOptions { PollInterval = TimeSpan.FromMilliseconds(50) }),
        NullLogger<LimitImportWorker>.Instance);

    private async Task PrepareAsync(int customers)
    {
        await AddProductsAsync([.. Enumerable.Range(1, Priced).Select(price => (decimal)price)]);
        await ExecuteAsync(
            """
            INSERT INTO store.product (product_id, category_id, name, description, tile) SELECT n, 1, 'Product ' || n, '', 'mug' FROM generate_series(@first, @last) n;
            UPDATE store.store_setting SET second_admin_above = @above;
            SELECT setval('store.customer_id_sequence', 100000);
            SELECT setval(pg_get_serial_sequence('store.product', 'product_id'), 100000)
            """,
            new { first = Priced + 1, last = Priced + OnRequest, above = MixedLoad.SecondAdminAbove });
        await AddCustomersAsync(1, customers);
    }

    private async Task<IReadOnlyList<string>> ViolationsAsync()
    {
        var started = Stopwatch.GetTimestamp();
        // A planner that knows nothing of tables that grow this fast takes its time.
        await ExecuteAsync("ANALYZE store.customer_event, store.purchase, store.purchase_line, store.limit_change, store.refund, store.customer_window_amount");
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        string[] violations = [.. await connection.QueryAsync<string>("SELECT format('%s customer %s: %s', rule, customer_id, detail) FROM store.integrity_violation")];
        TestContext.Current.TestOutputHelper!.WriteLine($"the rules read in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        return violations;
    }

    /// <summary>What was acknowledged is there, nothing besides, and the model would have answered the same.</summary>
    private async Task<IReadOnlyList<string>> LostAsync(MixedLoad load)
    {
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        var replay = await LedgerReplay.ReadAsync(connection);
        var refunds = (await QueryAsync<(Guid Key, decimal Amount)>("SELECT refund_id, amount FROM store.refund")).ToHashSet();
        var refunded = load.Refunded.Select(pair => (pair.Key, pair.Value)).ToHashSet();
        // What was taken for later has no answer yet but that.
        var answered = load.Acknowledged.Where(pair => pair.Value.SequenceNumber is not null)
            .ToDictionary(pair => pair.Key, pair => new LedgerReplay.Receipt(
                pair.Value.Status!, pair.Value.Total!.Value, pair.Value.LeftAmount!.Value, pair.Value.OverBy!.Value, pair.Value.SequenceNumber!.Value));
        TestContext.Current.TestOutputHelper!.WriteLine($"{replay.EventCount} events replayed, {answered.Count} answers compared");
        return
        [
            .. replay.Differences,
            .. load.Acknowledged.Keys.Except(replay.Receipts.Keys).Select(key => $"acknowledged purchase {key} is lost"),
            .. replay.Receipts.Keys.Except(load.Acknowledged.Keys).Select(key => $"purchase {key} is there, and nobody was told"),
            .. refunded.Except(refunds).Select(refund => $"acknowledged refund {refund} is lost"),
            .. refunds.Except(refunded).Select(refund => $"refund {refund} is there, and nobody was told"),
            .. answered.Where(pair => replay.Receipts.GetValueOrDefault(pair.Key) != pair.Value)
                .Select(pair => $"purchase {pair.Key} was answered {pair.Value}, the model says {replay.Receipts.GetValueOrDefault(pair.Key)}"),
        ];
    }

    /// <summary>One mail for each event about a purchase or a limit that customers are told of, none besides.</summary>
    private async Task<IEnumerable<string>> MailsAsync() =>
    [
        .. await QueryAsync<string>(
            $"""
            SELECT 'mail: ' || coalesce(o.message_key, e.kind)
            FROM (SELECT * FROM store.customer_event WHERE {MixedLoad.WithMail}) e
            FULL JOIN (SELECT * FROM store.outbox_message WHERE kind NOT IN ('limit_notice', 'email_confirmation')) o USING (customer_id, sequence_number)
            WHERE o.kind IS DISTINCT FROM e.kind
            """),
        .. await QueryAsync<string>(
            """
            SELECT 'notice: ' || coalesce(o.message_key, n.sequence_number::text)
            FROM (SELECT DISTINCT customer_id, sequence_number FROM store.limit_notice) n
            FULL JOIN (SELECT * FROM store.outbox_message WHERE kind = 'limit_notice') o USING (customer_id, sequence_number)
            WHERE o.message_key IS NULL OR n.sequence_number IS NULL
            """),
    ];

    private static async Task<int> RefreshUntilAsync(ReportRefresher refresher, Task end)
    {
        var refreshed = 0;
        while (!end.IsCompleted)
        {
            refreshed += await refresher.RefreshDueAsync(Cancelled);
            await Task.Delay(50, Cancelled);
        }

        return refreshed;
    }
}
