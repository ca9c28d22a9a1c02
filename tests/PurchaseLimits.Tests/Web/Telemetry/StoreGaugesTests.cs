using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Telemetry;

/// <summary>The metrics that the database holds follow it, and are absent while it cannot be read.</summary>
public sealed partial class StoreGaugesTests(PostgresServer server) : StoreWebTest(server)
{
    private MeterRecorder _metrics = null!;

    protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Workers:Enabled"] = "false",
        ["Telemetry:ReadEvery"] = "00:00:00.05",
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 10);
        _metrics = Own(new MeterRecorder(Web.Services.GetRequiredService<IMeterFactory>()));
    }

    [Fact]
    public async Task They_follow_what_waits_and_what_is_old()
    {
        await BecomesAsync("purchase_limits.outbox.messages", "state=due", count => count == 0);
        await BecomesAsync("purchase_limits.purchases.overdue", "", count => count == 0);
        await BecomesAsync("purchase_limits.outbox.oldest.age", "", age => age == 0);
        Assert.Null(_metrics.Observe("purchase_limits.report.age", "report=refunds")); // never refreshed

        await ExecuteAsync(
            """
            INSERT INTO store.outbox_message (customer_id, message_key, kind, created_at, parked_at)
            VALUES (10, 'due', 'password_changed', now() - interval '1 hour', NULL), (10, 'parked', 'password_changed', now(), now()),
                   (10, 'parked too', 'password_changed', now(), now());
            UPDATE report.report SET as_of = now() - interval '2 hours' WHERE report_name = 'refunds';
            UPDATE store.store_setting SET deferred_confirmation = true
            """);
        await Web.Services.GetRequiredService<PurchaseLimits.Web.Store>().PlacePurchaseAsync(await RequestAsync(10), Cancelled);

        await BecomesAsync("purchase_limits.outbox.messages", "state=due", count => count == 1);
        await BecomesAsync("purchase_limits.outbox.messages", "state=parked", count => count == 2);
        await BecomesAsync("purchase_limits.outbox.oldest.age", "", age => age is >= 3600 and < 3700);
        await BecomesAsync("purchase_limits.report.age", "report=refunds", age => age is >= 7200 and < 7300);
        await BecomesAsync("purchase_limits.purchases.waiting", "state=requested", count => count == 1);
        await BecomesAsync("purchase_limits.purchases.waiting", "state=awaiting_approval", count => count == 0);
        await ExecuteAsync("UPDATE report.report SET as_of = NULL");
    }

    [Fact]
    public async Task They_follow_the_books()
    {
        await BecomesAsync("purchase_limits.customers.frozen", "", count => count == 0);
        await BecomesAsync("purchase_limits.integrity.unproved_rules", "", count => count > 10);
        Assert.Null(_metrics.Observe("purchase_limits.integrity.proof.age"));

        var breaker = new LedgerBreaker(Superuser);
        await breaker.BreakAsync("limit raised", 10);
        await Web.Services.GetRequiredService<PurchaseLimits.Web.Store>().FreezeCustomerAsync(10);
        await breaker.MendAsync(10);
        await ExecuteAsync(
            """
            INSERT INTO store.integrity_proof (rule, started_at, finished_at, violation_count, sample)
            VALUES ('I3', now() - interval '10 minutes', now() - interval '9 minutes', 2, '{customer 10: x}')
            """);

        await BecomesAsync("purchase_limits.customers.frozen", "", count => count == 1);
        await BecomesAsync("purchase_limits.integrity.broken_rules", "", count => count == 1);
        await BecomesAsync("purchase_limits.integrity.proof.age", "", age => age is >= 600 and < 700);
    }

    [Fact]
    public async Task What_cannot_be_read_is_absent_and_comes_back()
    {
        await BecomesAsync("purchase_limits.customers.frozen", "", count => count == 0);

        await ExecuteAsync("REVOKE SELECT (customer_id, released_at) ON store.customer_freeze FROM store_worker");
        await BecomesAsync("purchase_limits.customers.frozen", "", count => count is null);
        // None of them: what was read before is as old.
        Assert.DoesNotContain(_metrics.Observe(), measured => measured.Name.StartsWith("purchase_limits.outbox", StringComparison.Ordinal));

        await ExecuteAsync("GRANT SELECT (customer_id, released_at) ON store.customer_freeze TO store_worker");
        await BecomesAsync("purchase_limits.customers.frozen", "", count => count == 0);
    }

    [Fact]
    public async Task Nobody_asks_the_database_while_nobody_listens()
    {
        await BecomesAsync("purchase_limits.customers.frozen", "", count => count == 0);
        await _metrics.DisposeAsync();

        // It ends within a look or two. Were it to go on, there would be one every 50 ms.
        await UntilAsync(
            """
            SELECT coalesce(max(state_change), '-infinity') < clock_timestamp() - interval '500 ms'
            FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE '% health'
            """);
    }

    [Fact]
    public async Task The_README_lists_every_metric_as_it_is()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"), Cancelled);
        var listed = Row().Matches(readme).Select(row => string.Join(' ', row.Groups.Values.Skip(1).Select(group => group.Value))).Order().ToList();

        Assert.Equal(
            _metrics.Instruments.Select(instrument => $"{instrument.Name} {Kind(instrument)} {instrument.Unit}").Order(),
            listed);
        Assert.All(_metrics.Instruments, instrument => Assert.False(string.IsNullOrEmpty(instrument.Description)));
        Assert.All(_metrics.Instruments, instrument => Assert.Matches("^purchase_limits(\\.[a-z_]+)+$", instrument.Name));
    }

    private static string Kind(Instrument instrument) => instrument switch
    {
        Counter<long> => "counter",
        Histogram<double> => "histogram",
        ObservableUpDownCounter<int> => "up-down counter",
        ObservableGauge<long> or ObservableGauge<double> => "gauge",
        _ => instrument.GetType().Name,
    };

    // | `purchase_limits.purchases` `outcome` … | counter, `{purchase}` | …
    [GeneratedRegex(@"^\| `(purchase_limits\.[a-z_.]+)`[^|]*\| ([a-z -]+), `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    private Task BecomesAsync(string name, string tags, Func<double?, bool> condition) =>
        Eventually.TrueAsync(() => Task.FromResult(condition(_metrics.Observe(name, tags))), $"{name} {tags}");
}
