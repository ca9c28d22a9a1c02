using System.Collections.Concurrent;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// Every command that customers and admins have at once, drawn from a seed. What was acknowledged is kept, so that it can be looked
/// for afterwards.
/// </summary>
/// <param name="stores">As many web processes as there are.</param>
/// <param name="customers">Customers 1 … n.</param>
/// <param name="priced">Products 1 … n have a price of n dollars.</param>
/// <param name="onRequest">The products after those have none, until a command sets it.</param>
internal sealed partial class MixedLoad(IReadOnlyList<PurchaseLimits.Web.Store> stores, int customers, int priced, int onRequest)
{
    /// <summary>The events that a mail tells of: WHERE of a statement about store.customer_event.</summary>
    public const string WithMail =
        """
        (kind LIKE 'purchase%'
         OR kind IN ('limit_changed', 'limit_change_scheduled') AND reason NOT LIKE 'For purchase % alone'
         OR kind IN ('limit_change_ended', 'limit_raise_denied')
         OR kind = 'limit_took_effect' AND effective_at IS NOT NULL)
        """;

    private readonly List<(Guid PurchaseId, long CustomerId)> _asked = [];
    private readonly ConcurrentQueue<(Guid PurchaseId, long CustomerId)> _toDecide = new();
    private readonly ConcurrentDictionary<(string Command, string Outcome), int> _outcomes = new();
    private int _sent;

    /// <summary>First answer by purchase.</summary>
    public ConcurrentDictionary<Guid, PurchaseReply> Acknowledged { get; } = new();

    /// <summary>Refunds that were acknowledged, in dollars.</summary>
    public ConcurrentDictionary<Guid, decimal> Refunded { get; } = new();

    /// <summary>How often each command ended how.</summary>
    public IReadOnlyDictionary<(string Command, string Outcome), int> Outcomes => _outcomes;

    /// <summary>Whether it also changes settings and products and opens accounts.</summary>
    public bool ChangesStore { get; init; }

    /// <summary>The last event about a customer's limits, as the customer's page shows it.</summary>
    public required Func<long, Task<long>> LimitSequenceNumber { get; init; }

    /// <summary>What a product costs at this moment, as the dry run of an import shows it; null: nothing holds.</summary>
    public required Func<long, Task<decimal?>> PriceNow { get; init; }

    /// <summary>How many commands were sent so far.</summary>
    public int Sent => Volatile.Read(ref _sent);

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
            await (random.Next(200) switch
            {
                < 70 => BuyAsync(store, random, now(), pricedOnly: true),
                < 96 => BuyAsync(store, random, now(), pricedOnly: false),
                < 108 => CancelAsync(store, random),
                < 120 => AskAsync(store, random),
                < 132 => DecideAsync(store, random),
                < 154 => RefundAsync(store, random),
                < 164 => ChangeLimitAsync(store, random, now()),
                < 172 => ChangeOwnLimitAsync(store, random, now()),
                < 180 => GrantAsync(store, random),
                < 184 => EndAsync(store),
                < 194 => SetPriceAsync(store, random, now()),
                < 195 => FreezeAsync(store, random),
                _ => ForStoreAsync(store, random, now()),
            });
        }
    }

    /// <summary>What would change a store that somebody else has in hand.</summary>
    private Task ForStoreAsync(PurchaseLimits.Web.Store store, Random random, DateTimeOffset now) =>
        !ChangesStore ? FreezeAsync(store, random) : random.Next(5) switch
        {
            0 => ChangeSettingsAsync(store, random),
            1 => OpenAccountAsync(store),
            2 => ImportLimitsAsync(store, random, now),
            _ => ChangeProductAsync(store, random),
        };

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
        var request = new PurchaseRequest(Customer(random), Guid.CreateVersion7(), now, shown, [.. lines.Values]);
        var reply = await store.PlaceUntilAnsweredAsync(request);
        Noted("buy", reply.Outcome);
        if (reply.Status is null)
            return;

        Acknowledged[request.PurchaseId] = reply;
        lock (_asked)
            _asked.Add((request.PurchaseId, request.CustomerId));
        // Sent again now and then, as a browser does.
        if (random.Next(10) == 0)
            Noted("buy again", (await store.PlaceUntilAnsweredAsync(request)).Outcome);
    }

    private async Task CancelAsync(PurchaseLimits.Web.Store store, Random random)
    {
        if (PurchaseOrNull(random) is var (purchaseId, customerId))
        {
            Noted("cancel", (await (random.Next(3) == 0
                ? store.CancelPurchaseAsync(customerId, purchaseId, "out of stock", "admin 1")
                : store.CancelPurchaseAsync(customerId, purchaseId))).Outcome);
        }
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
        var replies = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => store.RefundUntilAnsweredAsync(request)));
        foreach (var reply in replies)
            Noted("refund", reply.Outcome);
        if (replies.FirstOrDefault(reply => reply.Outcome is RefundOutcome.Refunded or RefundOutcome.AlreadyRecorded) is { } refunded)
            Refunded[request.RefundId] = refunded.RefundedAmount!.Value;
    }

    private long Customer(Random random) => _opened.TryGetValue(random.Next(_opened.Count + customers), out var customer) ? customer : random.Next(1, customers + 1);

    private (Guid PurchaseId, long CustomerId)? PurchaseOrNull(Random random)
    {
        // Mostly one of the last: those are not decided for good yet.
        lock (_asked)
            return _asked.Count == 0 ? null : _asked[Math.Max(0, _asked.Count - 1 - random.Next(random.Next(4) == 0 ? _asked.Count : Math.Min(_asked.Count, 200)))];
    }

    private void Noted(string command, object outcome)
    {
        Interlocked.Increment(ref _sent);
        _outcomes.AddOrUpdate((command, outcome.ToString()!), 1, (_, count) => count + 1);
    }
}
