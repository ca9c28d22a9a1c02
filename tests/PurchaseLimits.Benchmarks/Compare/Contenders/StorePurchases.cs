using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>This store's own way, as a web process has it: its logins, its gate, its metrics, all rules and all that follows a purchase.</summary>
internal sealed class StorePurchases : IContender
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<StoreMetrics>().BuildServiceProvider();
    private readonly StoreDataSources _dataSources;
    private readonly WorkSignals _signals = new();
    private readonly Store _store;
    private readonly MeterListener _listener = new();
    private long _retries;

    public StorePurchases(ComparedDatabase database)
    {
        _dataSources = database.StoreDataSources();
        var metrics = _services.GetRequiredService<StoreMetrics>();
        _store = new Store(_dataSources, new CustomerGate(64), _signals, metrics, NullLogger<Store>.Instance);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Of this store alone: others count under the same names.
            if (instrument.Meter.Scope == _services.GetRequiredService<IMeterFactory>() && instrument.Name == "purchase_limits.command.retries")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _retries, count));
        _listener.Start();
    }

    public string Name => "store";

    public string Does => "This store's Store.PlacePurchaseAsync with everything on: gate, retries, metrics, prices, key, receipt, cart, outbox, all constraints.";

    public long? Retries => Interlocked.Read(ref _retries);

    public long? OtherTrips => 0;

    public string Accounts => StoreAccounts;

    /// <summary>Of everybody who sells from the store's tables.</summary>
    public const string StoreAccounts =
        """
        SELECT a.customer_id, a.amount::numeric AS amount,
               (SELECT sum(e.amount_after - e.amount_before) FROM store.customer_event e WHERE e.customer_id = a.customer_id) AS folded,
               a.limit_amount::numeric AS limit_amount
        FROM store.customer_purchased_amount a
        WHERE a.customer_id = ANY (@customers)
        """;

    public Task PrepareAsync(IReadOnlyList<long> customers, Action<string> say) => Task.CompletedTask;

    public async Task<Answer> BuyAsync(Order order) => (await _store.PlacePurchaseAsync(Request(order))).Outcome switch
    {
        PurchaseOutcome.Confirmed => Answer.Bought,
        PurchaseOutcome.Processing => Answer.Taken,
        PurchaseOutcome.OverLimit => Answer.Refused,
        PurchaseOutcome.Busy => Answer.Unanswered,
        var outcome => throw new InvalidOperationException($"A purchase ended as {outcome}."),
    };

    /// <summary>What a checkout page that was shown a second ago would send.</summary>
    public static PurchaseRequest Request(Order order) => new(
        order.CustomerId, order.PurchaseId, DateTimeOffset.UtcNow.AddSeconds(-1), FixedPrices.Total,
        [new PurchaseRequestLine(FixedPrices.FirstProduct, 1), new PurchaseRequestLine(FixedPrices.SecondProduct, 1)]);

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _store.Dispose();
        _signals.Dispose();
        await _dataSources.DisposeAsync();
        await _services.DisposeAsync();
    }
}
