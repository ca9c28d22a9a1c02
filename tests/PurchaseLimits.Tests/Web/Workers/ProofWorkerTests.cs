using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Telemetry;
using Xunit;

namespace PurchaseLimits.Tests.Web.Workers;

public sealed class ProofWorkerTests(PostgresServer server) : StoreTest(server)
{
    private LedgerBreaker Breaker => field ??= new LedgerBreaker(Superuser);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("UPDATE store.integrity_schedule SET next_due_at = '-infinity'");
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(10, 11);
        await BuyAsync(10);
        await BuyAsync(11);
    }

    [Fact]
    public async Task Every_rule_that_has_a_view_is_proved_and_known_to_the_page()
    {
        await using var worker = await StartAsync();
        await ProvedAsync();

        var views = await QueryAsync<string>("SELECT viewname FROM pg_views WHERE schemaname = 'store' AND viewname ~ '^integrity_i[0-9]' ORDER BY 1");
        var proved = await QueryAsync<string>("SELECT rule FROM store.integrity_proof WHERE error IS NULL AND violation_count = 0 ORDER BY rule");
        Assert.Equal(views.Select(view => $"I{int.Parse(view[11..13], System.Globalization.CultureInfo.InvariantCulture)}").Order(), proved.Order());
        Assert.True(views.Count >= 13);
        Assert.Empty(proved.Except(IntegrityRule.All.Select(rule => rule.Name)));
        // What has no view is proved by something that the page names.
        Assert.All(IntegrityRule.All, rule => Assert.True(proved.Contains(rule.Name) || rule.ProvedBy is not null, rule.Name));
    }

    [Fact]
    public async Task A_broken_rule_is_found_shown_and_its_customer_frozen()
    {
        await Breaker.BreakRuleAsync("UPDATE store.customer_event SET limit_at_time = 19 WHERE customer_id = @customerId AND sequence_number = 2", 10);
        await using var worker = await StartAsync();
        await ProvedAsync();

        var broken = await QueryAsync<string>("SELECT rule FROM store.integrity_proof WHERE violation_count > 0 AND sample[1] LIKE 'customer 10: %'");
        Assert.Contains("I3", broken);
        Assert.Contains("I4", broken);
        Assert.Equal([10L], await QueryAsync<long>("SELECT customer_id FROM store.customer_purchased_amount WHERE is_frozen"));

        await Breaker.RunAsync("UPDATE store.customer_event SET limit_at_time = 500 WHERE customer_id = @customerId AND sequence_number = 2", 10);
        await NewStore().ReleaseCustomerAsync(10, "why", "admin 1");
        await NewStore().RequestProofAsync("admin 1");
        await UntilAsync("SELECT count(*) = 2 AND bool_or(violation_count = 0) FROM store.integrity_proof WHERE rule = 'I15'");
        Assert.Equal(0, await ScalarAsync<long>("SELECT violation_count FROM store.integrity_proof WHERE rule = 'I3' ORDER BY started_at DESC LIMIT 1"));
    }

    [Fact]
    public async Task Two_workers_prove_once_and_a_request_proves_once_more()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        await ProvedAsync();
        await Task.Delay(500, Cancelled);
        Assert.Equal(1, await CountAsync());

        var replies = await Task.WhenAll(NewStore().RequestProofAsync("admin 1"), NewStore().RequestProofAsync("admin 2"));
        Assert.Contains(replies, reply => reply.Outcome == ProofRequestOutcome.Requested);
        await UntilAsync("SELECT count(*) = 2 FROM store.integrity_proof WHERE rule = 'I15'");
        await ProvedAsync();
        await Task.Delay(500, Cancelled);
        Assert.InRange(await CountAsync(), 2, replies.Count(reply => reply.Outcome == ProofRequestOutcome.Requested) + 1);
    }

    [Fact]
    public async Task One_process_proves_at_a_time()
    {
        await using var busy = await As("store_worker").OpenConnectionAsync(Cancelled);
        await using var command = new NpgsqlCommand("SELECT pg_advisory_lock(" + ProofWorker.LockKey + ")", busy);
        await command.ExecuteNonQueryAsync(Cancelled);
        await using var worker = await StartAsync();
        await Task.Delay(1000, Cancelled);
        Assert.Equal(0, await CountAsync());

        command.CommandText = "SELECT pg_advisory_unlock(" + ProofWorker.LockKey + ")";
        await command.ExecuteNonQueryAsync(Cancelled);
        await ProvedAsync();
    }

    [Fact]
    public async Task A_round_whose_process_died_is_begun_anew()
    {
        await ExecuteAsync("UPDATE store.integrity_schedule SET round_started_at = now() - interval '1 hour', next_due_at = now() + interval '1 hour'");
        await using var worker = await StartAsync();
        await ProvedAsync();
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Proofs_take_a_twentieth_of_the_time_at_most()
    {
        await ExecuteAsync("UPDATE store.integrity_schedule SET round_started_at = clock_timestamp() - interval '10 seconds'");
        await NewStore().FinishProofAsync(TimeSpan.FromSeconds(60));
        Assert.True(await ScalarAsync<bool>(
            "SELECT next_due_at - round_finished_at = 20 * (round_finished_at - round_started_at) FROM store.integrity_schedule"));
        await NewStore().FinishProofAsync(TimeSpan.FromHours(10));
        Assert.True(await ScalarAsync<bool>("SELECT next_due_at = round_started_at + interval '10 hours' FROM store.integrity_schedule"));
    }

    [Fact]
    public async Task A_rule_that_cannot_be_proved_says_so_and_the_others_are_proved()
    {
        await ExecuteAsync("REVOKE SELECT ON store.integrity_i03_never_above_limit FROM store_worker");
        await using var worker = await StartAsync();
        await ProvedAsync();

        Assert.StartsWith("42501", await ScalarAsync<string>("SELECT error FROM store.integrity_proof WHERE rule = 'I3'"), StringComparison.Ordinal);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.integrity_proof WHERE error IS NOT NULL"));
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task The_last_twenty_proofs_of_a_rule_are_kept()
    {
        var store = NewStore();
        for (var n = 0; n < 23; n++)
            Assert.True(await store.RecordProofAsync(new RuleProof("I1", TimeSpan.FromSeconds(1), n, [], null)));
        Assert.True(await store.RecordProofAsync(new RuleProof("I2", TimeSpan.FromSeconds(1), 0, [], null)));

        Assert.Equal((20, 3), (await QueryAsync<(int, int)>("SELECT count(*)::int, min(violation_count)::int FROM store.integrity_proof WHERE rule = 'I1'")).Single());
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.integrity_proof WHERE rule = 'I2'"));
    }

    [Fact]
    public async Task Tables_that_nobody_counted_are_counted_before()
    {
        await ExecuteAsync("ALTER TABLE store.purchase_line SET (autovacuum_enabled = off); UPDATE pg_class SET reltuples = -1 WHERE oid = 'store.purchase_line'::regclass");
        await using var worker = await StartAsync();
        await ProvedAsync();
        Assert.Equal(2, await ScalarAsync<float>("SELECT reltuples FROM pg_class WHERE oid = 'store.purchase_line'::regclass"));
    }

    private async Task BuyAsync(long customerId) =>
        Assert.Equal(PurchaseOutcome.Confirmed, (await NewStore().PlacePurchaseAsync(await RequestAsync(customerId), Cancelled)).Outcome);

    private Task<long> CountAsync() => ScalarAsync<long>("SELECT count(*) FROM store.integrity_proof WHERE rule = 'I15'");

    private Task ProvedAsync() => UntilAsync(
        """
        SELECT s.round_finished_at IS NOT NULL AND EXISTS (SELECT FROM store.integrity_proof p WHERE p.started_at >= s.round_started_at - interval '1 second')
        FROM store.integrity_schedule s
        """);

    private async Task<Running> StartAsync()
    {
        var sources = NewDataSources();
        var store = new PurchaseLimits.Web.Store(sources, new CustomerGate(10), new WorkSignals(), new StoreMetrics(Meters), NullLogger<PurchaseLimits.Web.Store>.Instance);
        var worker = new ProofWorker(store, sources, Options.Create(new WorkerOptions { PollInterval = TimeSpan.FromMilliseconds(50) }),
            Options.Create(new IntegrityOptions { ProveEvery = TimeSpan.FromHours(1) }), NullLogger<ProofWorker>.Instance);
        await worker.StartAsync(Cancelled);
        return new Running(worker, store);
    }

    private sealed class Running(ProofWorker worker, PurchaseLimits.Web.Store store) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await worker.StopAsync(CancellationToken.None);
            worker.Dispose();
            store.Dispose();
        }
    }
}
