using Dapper;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Telemetry;

/// <summary>Whatever becomes of a purchase, the counters say so, and they name nobody.</summary>
public sealed class StoreMetricsTests(PostgresServer server) : StoreTest(server)
{
    // A number that nothing else has, so that it would be seen.
    private const long Customer = 9_753_124_680;

    private TcpProxy _wire = null!;
    private PurchaseLimits.Web.Store _store = null!;
    private MeterRecorder _metrics = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m, 600.00m);
        await AddCustomersAsync(Customer, Customer);
        var direct = new NpgsqlConnectionStringBuilder(ConnectionString("store_web"));
        _wire = Own(new TcpProxy(direct.Host!, direct.Port));
        _metrics = Own(new MeterRecorder(Meters));
        _store = NewStore(maxWaiting: 1, storeConnection: new NpgsqlConnectionStringBuilder(direct.ConnectionString)
        {
            Host = "127.0.0.1",
            Port = _wire.Port,
            SslMode = SslMode.Disable,
        }.ConnectionString);
    }

    public override async ValueTask DisposeAsync()
    {
        // Whatever was measured, nobody is in it.
        Assert.NotEmpty(_metrics.All);
        Assert.DoesNotContain(_metrics.All, measured => measured.Tags.Contains($"{Customer}", StringComparison.Ordinal)
            || measured.Tags.Contains('@', StringComparison.Ordinal) || System.Text.RegularExpressions.Regex.IsMatch(measured.Tags, "[0-9a-f]{8}-"));
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Bought_refused_and_sent_twice_count_apart()
    {
        var request = await RequestAsync(Customer);
        await _store.PlacePurchaseAsync(request, Cancelled);
        await _store.PlacePurchaseAsync(request, Cancelled);
        await _store.PlacePurchaseAsync(await RequestAsync(Customer, productId: 2), Cancelled);

        Assert.Equal((1, 1, 1), (Purchases("confirmed"), Purchases("already_recorded"), Purchases("over_limit")));
        Assert.Equal(1, Commands("place_purchases", "over_limit"));
        Assert.Equal(3, _metrics.Count("purchase_limits.command.duration", "command=place_purchases"));
        Assert.Equal(3, _metrics.Count("purchase_limits.gate.wait.duration"));
        Assert.All(_metrics.All.Where(measured => measured.Name.EndsWith(".duration", StringComparison.Ordinal)), measured => Assert.InRange(measured.Value, 1e-9, 60));
    }

    [Fact]
    public async Task Refunds_and_changes_of_limits_count_by_name_and_outcome()
    {
        var request = await RequestAsync(Customer);
        await _store.PlacePurchaseAsync(request, Cancelled);
        var refund = new RefundRequest(Customer, request.PurchaseId, Guid.CreateVersion7(), 5, [], "broken", "admin 1");
        await _store.RefundPurchaseAsync(refund);
        await _store.RefundPurchaseAsync(refund with { RefundId = Guid.CreateVersion7(), Amount = 500 });
        await _store.LowerOwnLimitAsync(Customer, Guid.CreateVersion7(), LimitWindow.Lifetime, 100);

        Assert.Equal((1, 1), (Commands("refund_purchase", "refunded"), Commands("refund_purchase", "exceeds_purchase")));
        Assert.Equal(1, _metrics.All.Count(measured => measured.Tags.StartsWith("command=lower_own_limit outcome=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Who_waits_is_seen_and_who_is_turned_away_is_counted()
    {
        await using var holder = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await holder.BeginTransactionAsync(Cancelled);
        await holder.ExecuteAsync("SELECT FROM store.customer_purchased_amount FOR UPDATE");
        var first = _store.PlacePurchaseAsync(await RequestAsync(Customer), Cancelled);
        await UntilAsync("SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
        var second = _store.PlacePurchaseAsync(await RequestAsync(Customer), Cancelled);

        Assert.Equal(PurchaseOutcome.Busy, (await _store.PlacePurchaseAsync(await RequestAsync(Customer), Cancelled)).Outcome);
        Assert.Equal(1, _metrics.Observe("purchase_limits.gate.waiting"));

        await transaction.RollbackAsync(Cancelled);
        await Task.WhenAll(first, second);
        Assert.Equal((2, 1), (Purchases("confirmed"), Purchases("busy")));
        Assert.Equal(1, _metrics.Sum("purchase_limits.gate.rejections"));
        Assert.Equal(1, Commands("place_purchases", "busy"));
        Assert.Equal(0, _metrics.Observe("purchase_limits.gate.waiting"));
    }

    [Fact]
    public async Task Who_leaves_the_line_waits_no_more()
    {
        await using var holder = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await holder.BeginTransactionAsync(Cancelled);
        await holder.ExecuteAsync("SELECT FROM store.customer_purchased_amount FOR UPDATE");
        var first = _store.PlacePurchaseAsync(await RequestAsync(Customer), Cancelled);
        using var browser = new CancellationTokenSource();
        var second = _store.PlacePurchaseAsync(await RequestAsync(Customer), browser.Token);
        await browser.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        Assert.Equal((0, 1), (_metrics.Observe("purchase_limits.gate.waiting"), Purchases("cancelled")));
        await transaction.RollbackAsync(Cancelled);
        await first;
    }

    [Fact]
    public async Task A_doubt_that_was_resolved_counts_as_that_and_its_second_try_as_one()
    {
        var cuts = 0;
        _wire.Reply = bytes => !Holds(bytes, "confirmed") || Interlocked.Increment(ref cuts) > 1;

        await _store.PlacePurchaseAsync(await RequestAsync(Customer), Cancelled);

        Assert.Equal(1, _metrics.Sum("purchase_limits.command.doubts", "command=place_purchases ending=resolved"));
        Assert.Equal(1, _metrics.Sum("purchase_limits.command.retries", "command=place_purchases error.type=connection"));
        Assert.Equal(1, Purchases("already_recorded"));
    }

    [Fact]
    public async Task A_doubt_that_stays_counts_as_that()
    {
        var request = await RequestAsync(Customer);
        _wire.Reply = bytes => !Holds(bytes, "confirmed");

        await _store.PlacePurchaseAsync(request, Cancelled);

        _wire.Reply = _ => true;
        Assert.Equal(1, _metrics.Sum("purchase_limits.command.doubts", "command=place_purchases ending=unresolved"));
        Assert.Equal((1, 1), (Purchases("in_doubt"), Commands("place_purchases", "in_doubt")));
    }

    [Fact]
    public async Task A_try_that_was_rolled_back_counts_by_its_SQLSTATE()
    {
        var request = await RequestAsync(Customer);
        await using var holder = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await holder.BeginTransactionAsync(Cancelled);
        // The row changes while the purchase waits for it: 40001 (facts 1).
        await holder.ExecuteAsync("UPDATE store.customer_purchased_amount SET settled_at = clock_timestamp()");
        var purchase = _store.PlacePurchaseAsync(request, Cancelled);
        await UntilAsync("SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
        await transaction.CommitAsync(Cancelled);

        Assert.Equal(PurchaseOutcome.Confirmed, (await purchase).Outcome);
        Assert.Equal(1, _metrics.Sum("purchase_limits.command.retries", "command=place_purchases error.type=40001"));
        Assert.Equal(0, _metrics.All.Count(measured => measured.Name == "purchase_limits.command.doubts"));
        Assert.Equal(1, Purchases("confirmed"));
    }

    [Fact]
    public async Task A_frozen_customers_order_counts_as_that_and_not_as_a_failure()
    {
        var breaker = new LedgerBreaker(Superuser);
        await breaker.BreakAsync("limit raised", Customer);
        await Assert.ThrowsAsync<CustomerFrozenException>(async () => await _store.PlacePurchaseAsync(await RequestAsync(Customer), Cancelled));
        await breaker.MendAsync(Customer);

        Assert.Equal((1, 1, 1), (Purchases("frozen"), Commands("place_purchases", "frozen"), Commands("freeze_customer", "frozen")));
    }

    [Fact]
    public async Task What_is_confirmed_later_counts_apart_and_once_however_many_went_together()
    {
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        // Learns that the store confirms later, and counts once all the same.
        await _store.PlacePurchaseAsync(await RequestAsync(Customer), Cancelled);
        var requests = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RequestAsync(Customer)));
        await Task.WhenAll(requests.Select(request => _store.PlacePurchaseAsync(request, Cancelled)));

        Assert.Equal(21, _metrics.Sum("purchase_limits.purchases", "outcome=processing confirmation=deferred"));
        Assert.Equal(21, _metrics.All.Count(measured => measured.Name == "purchase_limits.purchases"));
        Assert.Equal(21, Commands("request_purchase", "processing"));
        Assert.InRange(_metrics.Count("purchase_limits.command.duration", "command=request_purchase"), 1, 20);
    }

    [Fact]
    public async Task Refreshes_count_by_report_and_how_they_ended()
    {
        await ExecuteAsync("ALTER MATERIALIZED VIEW report.refunds RENAME TO gone");
        await ExecuteAsync("SELECT report.request_refresh('admin 1')");
        await NewRefresher().RefreshDueAsync(Cancelled);

        await ExecuteAsync("ALTER MATERIALIZED VIEW report.gone RENAME TO refunds");

        Assert.Equal(1, _metrics.Sum("purchase_limits.report.refreshes", "report=refunds outcome=failed"));
        Assert.Equal(0, _metrics.Sum("purchase_limits.report.refreshes", "report=limit_changes outcome=failed"));
        Assert.Equal(10, _metrics.All.Count(measured => measured.Name == "purchase_limits.report.refreshes"));
    }

    private double Purchases(string outcome) => _metrics.Sum("purchase_limits.purchases", $"outcome={outcome} confirmation=immediate");

    private double Commands(string command, string outcome) => _metrics.Sum("purchase_limits.commands", $"command={command} outcome={outcome}");

    private static bool Holds(ReadOnlyMemory<byte> bytes, string text) =>
        bytes.Span.IndexOf(System.Text.Encoding.ASCII.GetBytes(text)) >= 0;
}
