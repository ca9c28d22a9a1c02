using System.Collections.Concurrent;
using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// Every command at once, drawn from a seed: buy, order on request, cancel, ask for approval, approve, decline, refund, cut,
/// raise, set a price. What was acknowledged is kept, so that it can be looked for afterwards.
/// </summary>
/// <param name="stores">As many web processes as there are.</param>
/// <param name="customers">Customers 1 … n.</param>
/// <param name="priced">Products 1 … n have a price of n dollars.</param>
/// <param name="onRequest">The products after those have none, until a command sets it.</param>
internal sealed class MixedLoad(IReadOnlyList<PurchaseLimits.Web.Store> stores, int customers, int priced, int onRequest)
{
    /// <summary>The events that a mail tells of: WHERE of a statement about store.customer_event.</summary>
    public const string WithMail =
        """
        (kind LIKE 'purchase%'
         OR kind IN ('limit_changed', 'limit_change_scheduled') AND reason = 'as asked'
         OR kind = 'limit_took_effect' AND effective_at IS NOT NULL)
        """;

    private readonly ConcurrentDictionary<Guid, long> _asked = new();
    private readonly ConcurrentQueue<(Guid PurchaseId, long CustomerId)> _toDecide = new();
    private readonly ConcurrentDictionary<(string Command, string Outcome), int> _outcomes = new();

    /// <summary>First answer by purchase.</summary>
    public ConcurrentDictionary<Guid, PurchaseReply> Acknowledged { get; } = new();

    /// <summary>Refunds that were acknowledged, in dollars.</summary>
    public ConcurrentDictionary<Guid, decimal> Refunded { get; } = new();

    /// <summary>How often each command ended how.</summary>
    public IEnumerable<string> Outcomes => _outcomes.Select(pair => $"{pair.Key.Command} {pair.Key.Outcome}: {pair.Value}").Order(StringComparer.Ordinal);

    public int Count(string command, string outcome) => _outcomes.GetValueOrDefault((command, outcome));

    /// <summary>One worker's commands, one after the other.</summary>
    /// <param name="seed">Draws them.</param>
    /// <param name="commands">How many.</param>
    /// <param name="now">The database's clock, roughly: pages are priced a moment before.</param>
    public async Task RunAsync(int seed, int commands, Func<DateTimeOffset> now)
    {
        var random = new Random(seed);
        for (var i = 0; i < commands; i++)
        {
            var store = stores[random.Next(stores.Count)];
            await (random.Next(100) switch
            {
                < 40 => BuyAsync(store, random, now(), pricedOnly: true),
                < 55 => BuyAsync(store, random, now(), pricedOnly: false),
                < 62 => CancelAsync(store, random),
                < 70 => AskAsync(store, random),
                < 78 => DecideAsync(store, random),
                < 90 => RefundAsync(store, random),
                < 95 => ChangeLimitAsync(store, random, now()),
                _ => SetPriceAsync(store, random),
            });
        }
    }

    private async Task BuyAsync(PurchaseLimits.Web.Store store, Random random, DateTimeOffset now, bool pricedOnly)
    {
        var lines = new Dictionary<long, PurchaseRequestLine>();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var product = random.Next(1, priced + 1);
            lines[product] = new PurchaseRequestLine(product, random.Next(1, 4));
        }

        if (!pricedOnly)
        {
            var product = priced + random.Next(1, onRequest + 1);
            lines[product] = new PurchaseRequestLine(product, 1, random.Next(10, 60));
        }

        // A product on request may have a price by now; then it costs what it costs, or the page is asked again.
        var shown = lines.Values.Sum(line => line.Quantity * (line.AtMost ?? line.ProductId));
        var request = new PurchaseRequest(random.Next(1, customers + 1), Guid.CreateVersion7(), now, shown, [.. lines.Values]);
        var reply = await UntilAnsweredAsync(() => store.PlacePurchaseAsync(request), r => r.Outcome is PurchaseOutcome.Busy or PurchaseOutcome.InDoubt);
        Noted("buy", reply.Outcome);
        if (reply.Status is null)
            return;

        Acknowledged[request.PurchaseId] = reply;
        _asked[request.PurchaseId] = request.CustomerId;
        // Sent again now and then, as a browser does.
        if (random.Next(10) == 0)
            Noted("buy again", (await UntilAnsweredAsync(() => store.PlacePurchaseAsync(request), r => r.Outcome is PurchaseOutcome.Busy or PurchaseOutcome.InDoubt)).Outcome);
    }

    private async Task CancelAsync(PurchaseLimits.Web.Store store, Random random)
    {
        if (PurchaseOrNull(random) is var (purchaseId, customerId))
            Noted("cancel", (await store.CancelPurchaseAsync(customerId, purchaseId)).Outcome);
    }

    private async Task AskAsync(PurchaseLimits.Web.Store store, Random random)
    {
        if (PurchaseOrNull(random) is not var (purchaseId, customerId))
            return;
        var reply = await store.AskApprovalAsync(customerId, purchaseId, "please");
        Noted("ask", reply.Outcome);
        if (reply.Outcome == ApprovalOutcome.Asked)
            _toDecide.Enqueue((purchaseId, customerId));
    }

    private async Task DecideAsync(PurchaseLimits.Web.Store store, Random random)
    {
        // Mostly what was asked for, and sometimes what nobody asked for, or what is decided.
        if (random.Next(4) == 0 || !_toDecide.TryDequeue(out var purchase))
            purchase = PurchaseOrNull(random) ?? default;
        var (purchaseId, customerId) = purchase;
        if (random.Next(2) == 0)
            Noted("approve", (await store.ApprovePurchaseAsync(new(customerId, purchaseId, 1000m, Guid.CreateVersion7(), "", "admin 1"))).Outcome);
        else
            Noted("decline", (await store.DeclinePurchaseAsync(customerId, purchaseId, "no", "admin 2")).Outcome);
    }

    private async Task RefundAsync(PurchaseLimits.Web.Store store, Random random)
    {
        if (PurchaseOrNull(random) is not var (purchaseId, customerId))
            return;
        // A line, a part, or all of it.
        decimal? amount = random.Next(3) switch
        {
            0 => null,
            1 => random.Next(1, 2000) / 100m,
            _ => Acknowledged[purchaseId].Total,
        };
        var request = new RefundRequest(customerId, purchaseId, Guid.CreateVersion7(), amount,
            amount is null ? [new PurchaseRequestLine(random.Next(1, priced + 1), 1)] : [], "came back", "admin 1");
        // Twice at once: the same refund happens once.
        var replies = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => UntilAnsweredAsync(
            () => store.RefundPurchaseAsync(request), r => r.Outcome is RefundOutcome.Busy or RefundOutcome.InDoubt)));
        foreach (var reply in replies)
            Noted("refund", reply.Outcome);
        if (replies.FirstOrDefault(reply => reply.Outcome is RefundOutcome.Refunded or RefundOutcome.AlreadyRecorded) is { } refunded)
            Refunded[request.RefundId] = refunded.RefundedAmount!.Value;
    }

    private async Task ChangeLimitAsync(PurchaseLimits.Web.Store store, Random random, DateTimeOffset now)
    {
        // Every other one is of a window, one in three ends by itself, one in three begins later: all within a second or so.
        var window = random.Next(2) == 0 ? LimitWindow.Lifetime : (LimitWindow)random.Next(1, 5);
        DateTimeOffset? from = random.Next(3) == 0 ? now.AddSeconds(2 + random.NextDouble()) : null;
        DateTimeOffset? to = random.Next(3) == 0 ? now.AddSeconds(3 + random.NextDouble()) : null;
        Noted("limit", (await store.ChangeLimitAsync(new(
            random.Next(1, customers + 1), Guid.CreateVersion7(), window, null, 100m * random.Next(1, 8), from, to, "as asked", "admin 1"))).Outcome);
    }

    private async Task SetPriceAsync(PurchaseLimits.Web.Store store, Random random) =>
        Noted("price", (await store.SetPriceAsync(new(priced + random.Next(1, onRequest + 1), random.Next(1, 70), null, "admin 1"))).Outcome);

    private (Guid PurchaseId, long CustomerId)? PurchaseOrNull(Random random)
    {
        var keys = _asked.Keys;
        return keys.Count == 0 ? null : keys.ElementAt(random.Next(keys.Count)) is var key ? (key, _asked[key]) : null;
    }

    private void Noted(string command, object outcome) => _outcomes.AddOrUpdate((command, outcome.ToString()!), 1, (_, count) => count + 1);

    private static async Task<TReply> UntilAnsweredAsync<TReply>(Func<Task<TReply>> call, Func<TReply, bool> isNoAnswer)
    {
        TReply reply;
        do
        {
            reply = await call();
        }
        while (isNoAnswer(reply));
        return reply;
    }
}
