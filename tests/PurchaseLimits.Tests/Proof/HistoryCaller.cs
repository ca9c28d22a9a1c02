using System.Collections.Concurrent;
using System.Diagnostics;
using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Proof;

/// <summary>One of several callers for a customer, who writes down when each call began and ended.</summary>
/// <param name="store">The web process it calls through.</param>
/// <param name="customer">For whom.</param>
/// <param name="prices">Of products 1 … n.</param>
/// <param name="pricedAt">When the pages showed these.</param>
/// <param name="random">Draws the calls.</param>
/// <param name="read">Reads the account as a page does.</param>
internal sealed class HistoryCaller(
    PurchaseLimits.Web.Store store, int customer, decimal[] prices, DateTimeOffset pricedAt, Random random, Func<int, Task<Operation?>> read)
{
    private readonly List<Operation> _operations = [];
    private PurchaseRequest? _toSendAgain;

    public int Customer => customer;

    public IReadOnlyList<Operation> Operations => _operations;

    /// <param name="calls">How many, one after the other.</param>
    /// <param name="bought">What this customer's callers asked for, for whoever refunds.</param>
    public async Task CallAsync(int calls, ConcurrentQueue<(Guid Key, decimal Total)> bought)
    {
        for (var i = 0; i < calls; i++)
        {
            var operation = await (random.Next(20) switch
            {
                < 10 => BuyAsync(bought),
                < 14 => RefundAsync(bought),
                < 17 => ChangeLimitAsync(),
                _ => read(customer),
            });
            // Busy: nothing happened, and there is nothing to explain.
            if (operation is not null)
                _operations.Add(operation);
        }
    }

    private async Task<Operation?> BuyAsync(ConcurrentQueue<(Guid Key, decimal Total)> bought)
    {
        // What was in doubt, or any other, is sent again now and then.
        var product = random.Next(1, prices.Length + 1);
        var request = _toSendAgain is not null && random.Next(2) == 0
            ? _toSendAgain
            : new PurchaseRequest(customer, Guid.CreateVersion7(), pricedAt, prices[product - 1], [new PurchaseRequestLine(product, 1)]);
        bought.Enqueue((request.PurchaseId, request.ShownTotal));
        var began = Stopwatch.GetTimestamp();
        var reply = await store.PlacePurchaseAsync(request);
        var ended = Stopwatch.GetTimestamp();
        _toSendAgain = request;
        return reply.Outcome == PurchaseOutcome.Busy
            ? null
            : new Operation.Buy(request.PurchaseId, request.ShownTotal, reply) { Began = began, Ended = reply.Outcome == PurchaseOutcome.InDoubt ? long.MaxValue : ended };
    }

    private async Task<Operation?> RefundAsync(ConcurrentQueue<(Guid Key, decimal Total)> bought)
    {
        if (!bought.TryDequeue(out var purchase))
            return await read(customer);
        var amount = random.Next(2) == 0 ? purchase.Total : purchase.Total / 2;
        var key = Guid.CreateVersion7();
        var began = Stopwatch.GetTimestamp();
        var reply = await store.RefundPurchaseAsync(new(customer, purchase.Key, key, amount, [], "why", "admin 1"));
        var ended = Stopwatch.GetTimestamp();
        return reply.Outcome == RefundOutcome.Busy
            ? null
            : new Operation.Refund(key, purchase.Key, amount, reply) { Began = began, Ended = reply.Outcome == RefundOutcome.InDoubt ? long.MaxValue : ended };
    }

    private async Task<Operation?> ChangeLimitAsync()
    {
        var limit = 100m * random.Next(2, 9);
        var key = Guid.CreateVersion7();
        var began = Stopwatch.GetTimestamp();
        var reply = await store.ChangeLimitAsync(new(customer, key, LimitWindow.Lifetime, null, limit, null, null, "why", "admin 1"));
        var ended = Stopwatch.GetTimestamp();
        return reply.Outcome == LimitChangeOutcome.Busy
            ? null
            : new Operation.ChangeLimit(key, limit, reply) { Began = began, Ended = reply.Outcome == LimitChangeOutcome.InDoubt ? long.MaxValue : ended };
    }
}
