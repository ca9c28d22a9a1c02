using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>This store with deferred confirmation: requests are taken at once, and its worker decides them while others come.</summary>
internal sealed class Deferred : IContender
{
    // What is still undecided then is withdrawn, so that the next one's turn is its own.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(5);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<StoreMetrics>().BuildServiceProvider();
    private readonly ComparedDatabase _database;
    private readonly StoreDataSources _dataSources;
    private readonly WorkSignals _signals = new();
    private readonly Store _store;
    private PurchaseWorker? _worker;
    private long _taken;

    public Deferred(ComparedDatabase database)
    {
        (_database, _dataSources) = (database, database.StoreDataSources());
        _store = new Store(_dataSources, new CustomerGate(64), _signals, _services.GetRequiredService<StoreMetrics>(), NullLogger<Store>.Instance);
    }

    public string Name => "deferred";

    public string Does =>
        "This store with deferred confirmation on: accepted means taken; a worker of the same process decides in order. Undecided 5 s after a turn: withdrawn.";

    public long? Retries => null;

    public long? OtherTrips => 0;

    public string Accounts => StorePurchases.StoreAccounts;

    public Task PrepareAsync(IReadOnlyList<long> customers, Action<string> say) => Task.CompletedTask;

    public async Task BeginAsync()
    {
        _taken = 0;
        await _database.ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        _worker = new PurchaseWorker(_store, _dataSources, _signals, Options.Create(new WorkerOptions()), NullLogger<PurchaseWorker>.Instance);
        await _worker.StartAsync(CancellationToken.None);
    }

    public async Task<Answer> BuyAsync(Order order)
    {
        switch ((await _store.PlacePurchaseAsync(StorePurchases.Request(order))).Outcome)
        {
            case PurchaseOutcome.Processing:
                Interlocked.Increment(ref _taken);
                return Answer.Taken;
            case PurchaseOutcome.Busy:
                return Answer.Unanswered;
            case var outcome:
                throw new InvalidOperationException($"A request ended as {outcome}.");
        }
    }

    public async Task<long?> SettleAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < s_longestWait && await WaitingAsync() > 0)
            await Task.Delay(20);
        await _worker!.StopAsync(CancellationToken.None);
        _worker.Dispose();
        var waiting = await WaitingAsync();
        await _database.ExecuteAsync("DELETE FROM store.purchase_request; UPDATE store.store_setting SET deferred_confirmation = false");
        return _taken - waiting;
    }

    private async Task<long> WaitingAsync() => (await _database.QueryAsync<long>("SELECT count(*) FROM store.purchase_request"))[0];

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        _signals.Dispose();
        await _dataSources.DisposeAsync();
        await _services.DisposeAsync();
    }
}
