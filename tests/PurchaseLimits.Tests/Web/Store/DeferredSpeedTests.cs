using System.Diagnostics;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Store;

/// <summary>Measures, so it runs alone. The result is a ratio of two figures of one run.</summary>
[CollectionDefinition(nameof(DeferredSpeedTests), DisableParallelization = true)]
[Collection(nameof(DeferredSpeedTests))]
public sealed class DeferredSpeedTests(PostgresServer server) : StoreTest(server)
{
    private const int Callers = 64;
    private const int RequestsEach = 15;

    [Fact]
    public async Task A_hot_customers_requests_are_taken_three_times_as_fast_as_decided()
    {
        await AddProductsAsync(0.01m);
        await AddCustomersAsync(1, 1);
        var store = NewStore();
        await RateAsync(store, deferred: false);
        await RateAsync(store, deferred: true);
        // As a store that has run for a while is: a planner without statistics finds a known key through the wrong index.
        await ExecuteAsync("ANALYZE store.purchase, store.customer_event, store.purchase_request");

        // Three rounds in turn, and the median of their ratios: this machine has other things to do as well.
        var ratios = new List<double>();
        for (var round = 0; round < 3; round++)
        {
            var immediate = await RateAsync(store, deferred: false);
            var deferred = await RateAsync(store, deferred: true);
            ratios.Add(deferred / immediate);
            TestContext.Current.TestOutputHelper!.WriteLine($"decided {immediate:0}/s, taken {deferred:0}/s, ratio {deferred / immediate:0.00}");
        }

        Assert.InRange(ratios.Order().ElementAt(1), 3, double.MaxValue);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.purchase_request"));
    }

    /// <summary>Requests a second of one customer, all callers together; what was taken is decided afterwards.</summary>
    private async Task<double> RateAsync(PurchaseLimits.Web.Store store, bool deferred)
    {
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = @deferred", new { deferred });
        var template = await RequestAsync(1);
        await store.PlacePurchaseAsync(template, Cancelled);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < RequestsEach; i++)
            {
                var reply = await store.PlacePurchaseAsync(template with { PurchaseId = Guid.CreateVersion7() });
                Assert.Equal(deferred ? PurchaseOutcome.Processing : PurchaseOutcome.Confirmed, reply.Outcome);
            }
        })));
        var elapsed = Stopwatch.GetElapsedTime(started);
        while (await store.DecidePurchaseRequestsAsync(1, 50) > 0)
        {
        }

        return Callers * RequestsEach / elapsed.TotalSeconds;
    }
}
