using System.Collections.Concurrent;
using System.Diagnostics;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// Customers who buy and admins who refund while something is broken. Half of all wants the first customer's. Each sends the same key
/// again until it is answered, and every answer is kept with when it was asked and when it came.
/// </summary>
/// <param name="stores">As many web processes as there are.</param>
/// <param name="customers">Customers 1 … n, with a limit of $500.</param>
/// <param name="products">Products 1 … n have a price of n dollars.</param>
/// <param name="now">The database's clock, roughly: pages are priced a moment before.</param>
internal sealed class FaultLoad(IReadOnlyList<PurchaseLimits.Web.Store> stores, int customers, int products, Func<DateTimeOffset> now)
{
    private readonly ConcurrentQueue<Answer> _answers = new();
    private readonly ConcurrentQueue<(long CustomerId, Guid PurchaseId, decimal Total)> _toRefund = new();
    private readonly ConcurrentQueue<(long At, string Fault)> _faults = new();
    private volatile bool _stop;
    private long _withoutAnswer;

    /// <param name="Key">The purchase's, or the refund's.</param>
    /// <param name="CustomerId">Whose.</param>
    /// <param name="IsRefund">Else a purchase.</param>
    /// <param name="Begun">Timestamp: when it was asked for the first time.</param>
    /// <param name="Answered">Timestamp.</param>
    /// <param name="Status">What a purchase was answered with; of a refund null.</param>
    /// <param name="Amount">US dollars.</param>
    /// <param name="SequenceNumber">Null where it was taken to be decided later, and of refunds.</param>
    /// <param name="WasRecorded">It was answered with what was on record, though no answer had come before: an earlier try was committed.</param>
    internal sealed record Answer(
        Guid Key, long CustomerId, bool IsRefund, long Begun, long Answered, string? Status, decimal Amount, long? SequenceNumber, bool WasRecorded);

    public IReadOnlyCollection<Answer> Answers => _answers;

    public int FaultCount => _faults.Count;

    /// <summary>How many times a purchase came back without an answer, and was sent again.</summary>
    public long WithoutAnswer => Interlocked.Read(ref _withoutAnswer);

    /// <summary>Everybody calls until <see cref="Stop"/>.</summary>
    public Task RunAsync(int seed, int callers) =>
        Task.WhenAll(Enumerable.Range(0, callers).Select(i => Task.Run(() => CallAsync(stores[i % stores.Count], new Random(seed + i)))));

    public void Stop() => _stop = true;

    /// <summary>Something is broken from now on.</summary>
    public long Break(string fault)
    {
        var at = Stopwatch.GetTimestamp();
        _faults.Enqueue((at, fault));
        return at;
    }

    /// <summary>How long it took from a fault to the first answer that was asked for after it; null: there is none yet.</summary>
    public TimeSpan? BackAfter(long fault)
    {
        var after = _answers.Where(answer => answer.Begun > fault).Select(answer => (long?)answer.Answered).Min();
        return after is { } answered ? Stopwatch.GetElapsedTime(fault, answered) : null;
    }

    /// <summary>How often each fault happened, and what had become of that which was under way.</summary>
    public Dictionary<string, long> Outcomes()
    {
        var outcomes = _faults.GroupBy(fault => fault.Fault).ToDictionary(group => group.Key, group => group.LongCount());
        var times = _faults.Select(fault => fault.At).ToArray();
        var underWay = _answers.Where(answer => times.Any(time => answer.Begun < time && time < answer.Answered)).ToArray();
        outcomes[CommittedBefore] = underWay.LongCount(answer => answer.WasRecorded);
        outcomes[NotCommitted] = underWay.LongCount(answer => !answer.WasRecorded);
        outcomes["acknowledged"] = _answers.Count;
        outcomes["of these refunds"] = _answers.LongCount(answer => answer.IsRefund);
        return outcomes;
    }

    public const string CommittedBefore = "under way, had been committed";
    public const string NotCommitted = "under way, had not been committed";

    private async Task CallAsync(PurchaseLimits.Web.Store store, Random random)
    {
        while (!_stop)
        {
            var refunds = random.Next(10) < 3;
            await (refunds && _toRefund.TryDequeue(out var purchase) ? RefundAsync(store, random, purchase) : BuyAsync(store, random));
        }
    }

    private async Task BuyAsync(PurchaseLimits.Web.Store store, Random random)
    {
        var customer = random.Next(2) == 0 ? 1 : random.Next(2, customers + 1);
        var product = random.Next(1, products + 1);
        var request = new PurchaseRequest(customer, Guid.CreateVersion7(), now(), product * 2, [new PurchaseRequestLine(product, 2)]);
        var begun = Stopwatch.GetTimestamp();
        PurchaseReply reply;
        do
        {
            reply = await store.PlacePurchaseAsync(request);
            if (reply.Outcome is PurchaseOutcome.Busy or PurchaseOutcome.InDoubt)
                Interlocked.Increment(ref _withoutAnswer);
            // As a page that has to be asked for again: what time it is may have changed.
            if (reply.Outcome == PurchaseOutcome.PriceChanged)
                request = request with { PurchaseId = Guid.CreateVersion7(), PricedAt = now() };
        }
        while (reply.Status is null);

        // A request that is on record already is answered without its total.
        var total = reply.Total ?? request.ShownTotal;
        _answers.Enqueue(new(request.PurchaseId, customer, false, begun, Stopwatch.GetTimestamp(), reply.Status, total,
            reply.SequenceNumber, reply.Outcome == PurchaseOutcome.AlreadyRecorded));
        if (reply.Status != "refused")
            _toRefund.Enqueue((customer, request.PurchaseId, total));
    }

    private async Task RefundAsync(PurchaseLimits.Web.Store store, Random random, (long CustomerId, Guid PurchaseId, decimal Total) purchase)
    {
        var amount = random.Next(3) == 0 ? 0.01m * random.Next(1, (int)(purchase.Total * 100)) : purchase.Total;
        var request = new RefundRequest(purchase.CustomerId, purchase.PurchaseId, Guid.CreateVersion7(), amount, [], "came back", "admin 1");
        var begun = Stopwatch.GetTimestamp();
        var reply = await store.RefundUntilAnsweredAsync(request);

        // What was taken to be decided later may be refused by now, or wait still.
        if (reply.Outcome is RefundOutcome.Refunded or RefundOutcome.AlreadyRecorded)
        {
            _answers.Enqueue(new(request.RefundId, purchase.CustomerId, true, begun, Stopwatch.GetTimestamp(), null, amount, null,
                reply.Outcome == RefundOutcome.AlreadyRecorded));
        }
    }
}
