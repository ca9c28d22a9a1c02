using System.Collections.Concurrent;
using System.Diagnostics;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// The wire between store and database is cut at every message of the protocol, in both directions, before it arrives and after: on
/// connections that are new and on ones that were used before. Several callers want something of one customer each time, so that what
/// is decided together is cut in its middle as well. Each is there once or not at all, and each caller ends with the truth.
/// </summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class WireCutTests(PostgresServer server) : StoreTest(server)
{
    private const int Lanes = 6;
    private const int Rehearsals = 4;
    private const decimal Price = 150m; // of a limit of 500: three fit

    private readonly ConcurrentDictionary<string, long> _outcomes = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private long _lastCustomer;
    private long _registered;

    [Fact]
    public Task Purchases_of_one_customer_at_once() => CutEverywhereAsync("purchases", BuyAsync);

    [Fact]
    public Task Refunds_of_one_purchase_at_once() => CutEverywhereAsync("refunds", RefundAsync);

    [Fact]
    public async Task Requests_to_a_store_that_confirms_later()
    {
        await DeferAsync();
        await CutEverywhereAsync("requests, confirmed later", RequestAsync);
    }

    [Fact]
    public async Task A_workers_decisions()
    {
        await DeferAsync();
        await CutEverywhereAsync("a worker's decisions", DecideAsync);
    }

    private Task DeferAsync() => ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");

    /// <param name="what">For the report.</param>
    /// <param name="trial">Has a customer do something through a lane, and says what is wrong afterwards.</param>
    private async Task CutEverywhereAsync(string what, Func<Lane, long, Task> trial)
    {
        var started = Stopwatch.GetTimestamp();
        await AddProductsAsync(Price, 400m);
        await AddCustomersAsync(Lanes * 4 + Rehearsals);
        var lanes = Enumerable.Range(0, Lanes).Select(_ => new Lane(this)).ToArray();
        // Statements are prepared from their second use on, and the types of a database are read once.
        foreach (var lane in lanes)
        {
            for (var i = 0; i < 4; i++)
                await trial(lane, NewCustomer());
        }

        foreach (var isNew in new[] { true, false })
        {
            await AddCustomersAsync(Rehearsals);
            // How many messages there are depends on who met whom: the most that were seen, and two more.
            var counts = (Requests: 0, Replies: 0);
            for (var i = 0; i < Rehearsals; i++)
            {
                lanes[0].Begin(isNew);
                await trial(lanes[0], NewCustomer());
                counts = (Math.Max(counts.Requests, lanes[0].Requests), Math.Max(counts.Replies, lanes[0].Replies));
            }

            var cuts = Enumerable.Range(1, counts.Requests + 2).Select(number => (FromServer: false, Number: number))
                .Concat(Enumerable.Range(1, counts.Replies + 2).Select(number => (FromServer: true, Number: number)))
                .SelectMany(cut => new[] { AtMessage.CutBefore, AtMessage.CutAfter }.Select(act => (cut.FromServer, cut.Number, Act: act)))
                .SelectMany(cut => Enumerable.Repeat(cut, ProofTier.Of(1, 10)))
                .ToArray();
            TestContext.Current.TestOutputHelper!.WriteLine($"{counts} messages, {cuts.Length} cuts, {Stopwatch.GetElapsedTime(started)}");
            await AddCustomersAsync(cuts.Length);
            var next = -1;
            await Task.WhenAll(lanes.Select(lane => Task.Run(async () =>
            {
                for (var i = Interlocked.Increment(ref next); i < cuts.Length; i = Interlocked.Increment(ref next))
                {
                    Cancelled.ThrowIfCancellationRequested();
                    lane.Begin(isNew, cuts[i].FromServer, cuts[i].Number, cuts[i].Act);
                    await trial(lane, NewCustomer());
                }
            })));
        }

        var cutCount = lanes.Sum(lane => lane.Cuts);
        ProofRun.Add(new()
        {
            Section = "Faults",
            What = $"the wire cut at every message: {what}",
            Tried = cutCount,
            Unit = "cuts",
            Violations = _violations.Count,
            Outcomes = new Dictionary<string, long>(_outcomes),
            Took = Stopwatch.GetElapsedTime(started),
        });
        Assert.True(_violations.IsEmpty, string.Join('\n', _violations));
        Assert.InRange(cutCount, 60, int.MaxValue);
        // Doubt came both ways, or the cuts were in the wrong places.
        Assert.All(new[] { CommittedBefore, NotCommitted, BeforeTheCall }, outcome => Assert.True(_outcomes.GetValueOrDefault(outcome) > 0, $"never: {outcome}"));
    }

    private const string CommittedBefore = "in doubt, had been committed";
    private const string NotCommitted = "in doubt, had not been committed";
    private const string BeforeTheCall = "cut at the sign-in";

    private async Task BuyAsync(Lane lane, long customer)
    {
        var replies = await TogetherAsync(4, async _ => await lane.Store.PlaceUntilAnsweredAsync(await RequestAsync(customer)));
        Count(lane, replies.Count(reply => reply.Outcome == PurchaseOutcome.AlreadyRecorded));
        Expect(lane, "confirmed, confirmed, confirmed, refused", string.Join(", ", replies.Select(reply => reply.Status).Order()));
        await ExpectBoughtAsync(lane, customer, 4, 3 * Price);
    }

    private async Task RefundAsync(Lane lane, long customer)
    {
        var purchase = await RequestAsync(customer, productId: 2);
        Assert.Contains((await lane.Direct.PlaceUntilAnsweredAsync(purchase)).Outcome, new[] { PurchaseOutcome.Confirmed, PurchaseOutcome.AlreadyRecorded });
        var replies = await TogetherAsync(4, i => lane.Store.RefundUntilAnsweredAsync(
            new(customer, purchase.PurchaseId, new Guid((int)customer, 0, (short)i, new byte[8]), 150m, [], "why", "admin 1")));
        Count(lane, replies.Count(reply => reply.Outcome == RefundOutcome.AlreadyRecorded));
        Expect(lane, "300, two refused", string.Create(null,
            $"{replies.Sum(reply => reply.RefundedAmount ?? 0):0}, {(replies.Count(reply => reply.Outcome == RefundOutcome.ExceedsPurchase) == 2 ? "two" : "not two")} refused"));
        await ExpectBoughtAsync(lane, customer, 1, 100m);
        Expect(lane, "2", $"{await ScalarAsync<long>("SELECT count(*) FROM store.refund WHERE customer_id = @customer", new { customer })}");
    }

    private async Task RequestAsync(Lane lane, long customer)
    {
        var replies = await TogetherAsync(4, async _ => await lane.Store.PlaceUntilAnsweredAsync(await RequestAsync(customer)));
        Count(lane, replies.Count(reply => reply.Outcome == PurchaseOutcome.AlreadyRecorded));
        Expect(lane, "processing", string.Join(", ", replies.Select(reply => reply.Status).Distinct()));
        await Eventually.AnsweredAsync(() => lane.Direct.DecidePurchaseRequestsAsync(customer, 100), events => events is null);
        await ExpectBoughtAsync(lane, customer, 4, 3 * Price);
    }

    private async Task DecideAsync(Lane lane, long customer)
    {
        foreach (var request in await TogetherAsync(6, _ => RequestAsync(customer)))
            Assert.Contains((await lane.Direct.PlaceUntilAnsweredAsync(request)).Outcome, new[] { PurchaseOutcome.Processing, PurchaseOutcome.AlreadyRecorded });
        var made = await Eventually.AnsweredAsync(() => lane.Store.DecidePurchaseRequestsAsync(customer, 100), events => events is null);
        Count(lane, made == 0 ? 1 : 0);
        await ExpectBoughtAsync(lane, customer, 6, 3 * Price);
    }

    private static Task<T[]> TogetherAsync<T>(int callers, Func<int, Task<T>> call) =>
        Task.WhenAll(Enumerable.Range(0, callers).Select(i => Task.Run(() => call(i))));

    private void Count(Lane lane, int recordedBefore)
    {
        if (lane.CutAt is not { } cut)
            return;
        var outcome = !cut.IsSignedIn ? BeforeTheCall : recordedBefore > 0 ? CommittedBefore : NotCommitted;
        _outcomes.AddOrUpdate(outcome, 1, (_, count) => count + 1);
    }

    private void Expect(Lane lane, string expected, string actual)
    {
        if (expected != actual)
            _violations.Enqueue($"{lane}: expected {expected}, was {actual}");
    }

    private async Task ExpectBoughtAsync(Lane lane, long customer, long purchases, decimal amount) => Expect(
        lane,
        (purchases, amount).ToString(),
        (await QueryAsync<(long, decimal)>(
            "SELECT (SELECT count(*) FROM store.purchase p WHERE p.customer_id = a.customer_id), a.amount FROM store.customer_purchased_amount a WHERE a.customer_id = @customer",
            new { customer })).Single().ToString());

    // All at once: registered while others are, on small tables, they would get into each other's way.
    private async Task AddCustomersAsync(int count)
    {
        await AddCustomersAsync(_registered + 1, _registered + count);
        _registered += count;
    }

    private long NewCustomer() => Interlocked.Increment(ref _lastCustomer);

    /// <summary>A web process of its own, behind a wire of its own.</summary>
    private sealed class Lane
    {
        private readonly StoreDataSources _sources;
        private readonly Lock _lock = new();
        private (bool FromServer, int Number, AtMessage Act)? _planned;

        public Lane(WireCutTests test)
        {
            var wire = test.Own(new MessageWire(test.ServerAddress.Host, test.ServerAddress.Port) { At = At });
            _sources = test.DataSourcesThrough(wire.Port);
            Store = test.NewStore(_sources);
            Direct = test.NewStore();
        }

        public PurchaseLimits.Web.Store Store { get; }

        public PurchaseLimits.Web.Store Direct { get; }


        public int Requests { get; private set; }

        public int Replies { get; private set; }

        public int Cuts { get; private set; }

        /// <summary>The message at which this trial was cut; null: it was not, so far.</summary>
        public WireMessage? CutAt { get; private set; }

        public void Begin(bool isNew, bool fromServer = false, int number = 0, AtMessage act = AtMessage.Pass)
        {
            if (isNew)
            {
                foreach (var source in new[] { _sources.Money, _sources.Pages, _sources.AdminMoney, _sources.WorkerMoney })
                    source.Clear();
            }

            lock (_lock)
            {
                (Requests, Replies, CutAt) = (0, 0, null);
                _planned = number > 0 ? (fromServer, number, act) : null;
            }
        }

        public override string ToString() => $"cut {_planned} at {CutAt}";

        private AtMessage At(WireMessage message)
        {
            // What says goodbye on an idle connection belongs to no trial.
            if (message.Type == 'X')
                return AtMessage.Pass;
            lock (_lock)
            {
                var number = message.FromServer ? ++Replies : ++Requests;
                if (CutAt is not null || _planned is not { } planned || planned.FromServer != message.FromServer || planned.Number != number)
                    return AtMessage.Pass;
                CutAt = message;
                Cuts++;
                return planned.Act;
            }
        }
    }
}
