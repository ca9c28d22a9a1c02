using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// Requests that nobody waits for any more, and answers that do not come: each purchase is there once or not at all, and who asks again
/// with its key hears which.
/// </summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class CancelledRequestTests(PostgresServer server) : StoreWebTest(server)
{
    private const int Customers = 4;
    private readonly ConcurrentDictionary<string, long> _outcomes = new();

    [Fact]
    public async Task Calls_cancelled_at_any_moment_are_all_or_nothing()
    {
        var seed = ProofTier.Seed("CANCEL_SEED");
        var started = Stopwatch.GetTimestamp();
        await AddProductsAsync(0.50m);
        await AddCustomersAsync(1, Customers);
        var store = NewStore();
        var bought = new ConcurrentDictionary<Guid, long>();
        var cancelled = new ConcurrentBag<PurchaseRequest>();

        await Task.WhenAll(Enumerable.Range(0, 12).Select(caller => Task.Run(async () =>
        {
            var random = new Random(seed + caller);
            for (var i = 0; i < ProofTier.Of(40, 2000); i++)
            {
                var request = await RequestAsync(1 + (caller % Customers));
                using var browser = new CancellationTokenSource();
                var call = store.PlacePurchaseAsync(request, browser.Token);
                // From at once to a little longer than a purchase takes in a crowd.
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(4) == 0 ? 0 : random.Next(12)), Cancelled);
                await browser.CancelAsync();
                try
                {
                    var reply = await call;
                    Count(reply.Outcome == PurchaseOutcome.OverLimit ? "answered all the same: refused" : "answered all the same: bought");
                    bought[request.PurchaseId] = request.CustomerId;
                }
                catch (OperationCanceledException)
                {
                    Count("cancelled in line");
                    cancelled.Add(request);
                }
            }
        })));

        var recorded = (await QueryAsync<Guid>("SELECT purchase_id FROM store.purchase")).ToHashSet();
        var violations = bought.Keys.Where(key => !recorded.Contains(key)).Select(key => $"{key} was answered and is lost")
            .Concat(cancelled.Where(request => recorded.Contains(request.PurchaseId)).Select(request => $"{request.PurchaseId} was cancelled in line and is there"))
            .ToList();
        Report("calls cancelled at any moment", seed, started, violations);
        Assert.True(_outcomes.GetValueOrDefault("cancelled in line") > 0, "never: cancelled in line");
        Assert.True(_outcomes.GetValueOrDefault("answered all the same: bought") > 0, "never: answered all the same: bought");
    }

    [Fact]
    public async Task Checkouts_that_a_browser_gives_up_are_all_or_nothing()
    {
        var seed = ProofTier.Seed("ABORT_SEED");
        var started = Stopwatch.GetTimestamp();
        await AddProductsAsync(1.00m);
        await AddSignInsAsync(1, Customers);
        var violations = new ConcurrentBag<string>();

        await Task.WhenAll(Enumerable.Range(1, Customers).Select(customer => Task.Run(async () =>
        {
            var random = new Random(seed + customer);
            using var shopper = await SignedInAsync($"customer{customer}@example.com");
            for (var i = 1; i <= ProofTier.Of(12, 300); i++)
            {
                await ExecuteAsync(
                    "INSERT INTO store.cart_line (customer_id, product_id, quantity) VALUES (@customer, 1, 1) ON CONFLICT DO NOTHING", new { customer });
                var page = await shopper.GetAsync("/checkout");
                using var browser = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 30)));
                try
                {
                    using var request = Shopper.Request(page, Form);
                    await shopper.SendUnlessGivenUpAsync(request, browser.Token);
                    Count("answered in time");
                }
                catch (OperationCanceledException)
                {
                    Count("given up");
                }

                // The same page once more: bought before or now, and once.
                var answer = await shopper.SubmitAsync(page, Form);
                if (answer.Status != HttpStatusCode.SeeOther || await BoughtAsync(customer) != i)
                    violations.Add($"customer {customer}: after {i} checkouts {answer.Status} and {await BoughtAsync(customer)} bought");
            }
        })));

        Report("checkouts that a browser gives up", seed, started, [.. violations]);
        Assert.True(_outcomes.GetValueOrDefault("given up") > 0);
    }

    [Fact]
    public async Task Answers_that_hang_are_asked_for_once_more()
    {
        var started = Stopwatch.GetTimestamp();
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(1, 20);
        var direct = NewStore();
        var violations = new ConcurrentBag<string>();
        // What a purchase's answer consists of, and where it stops: the row, that it is complete, that the server is ready.
        await Task.WhenAll("DCZ".SelectMany(type => s_wanted.Select(what => (type, what))).Select((trial, i) => Task.Run(async () =>
        {
            await using var wire = new MessageWire(ServerAddress.Host, ServerAddress.Port);
            var store = NewStoreThrough(wire.Port);
            // Connected, and its statements prepared, before the silence.
            foreach (var _ in Enumerable.Range(0, 3))
            {
                var warm = await RequestAsync(i + 1);
                await store.PlacePurchaseAsync(warm, Cancelled);
                await store.RefundPurchaseAsync(new(i + 1, warm.PurchaseId, Guid.CreateVersion7(), 20m, [], "why", "admin 1"));
            }

            var request = await RequestAsync(i + 1);
            var refund = new RefundRequest(i + 1, request.PurchaseId, Guid.CreateVersion7(), 5m, [], "why", "admin 1");
            if (trial.what == "refund")
                await direct.PlacePurchaseAsync(request, Cancelled);
            var held = 0;
            var before = ' ';
            var isReady = false;
            var isRolledBack = false;
            wire.At = message =>
            {
                if (message is not { FromServer: true, IsSignedIn: true })
                    return AtMessage.Pass;
                if (held == 1 && !isReady)
                {
                    // COMMIT comes after the row and after "complete", and may fail (facts 5): then nothing was recorded yet.
                    isRolledBack |= message.Type == 'E';
                    isReady = message.Type == 'Z';
                }

                // The server is ready after an error as well, and what was rolled back is tried again.
                var isAnswer = message.Type == trial.type && (trial.type != 'Z' || before == 'C');
                before = message.Type;
                if (!isAnswer || Interlocked.Exchange(ref held, 1) != 0)
                    return AtMessage.Pass;
                isReady = message.Type == 'Z';
                return AtMessage.Hold;
            };
            var outcome = trial.what == "refund"
                ? (await store.RefundPurchaseAsync(refund)).Outcome.ToString()
                : (await store.PlacePurchaseAsync(request, Cancelled)).Outcome.ToString();
            Count(outcome);
            var expected = !isRolledBack ? "AlreadyRecorded" : trial.what == "refund" ? "Refunded" : "Confirmed";
            if (outcome != expected || held == 0 || await BoughtAsync(i + 1) != (trial.what == "refund" ? 15m : 20m))
                violations.Add($"{trial}: {outcome}, not {expected}, held {held}, bought {await BoughtAsync(i + 1)}");
        })));
        Report("answers that hang until the caller's time is up", null, started, [.. violations]);
        Assert.True(_outcomes.GetValueOrDefault("AlreadyRecorded") > 0, "never: recorded, and the answer did not come");
    }

    private static readonly string[] s_wanted = ["purchase", "refund"];

    private const string Form = "main form[action='/checkout']";

    private void Count(string outcome) => _outcomes.AddOrUpdate(outcome, 1, (_, count) => count + 1);

    private void Report(string what, int? seed, long started, List<string> violations)
    {
        ProofRun.Add(new()
        {
            Section = "Faults",
            What = what,
            Tried = _outcomes.Values.Sum(),
            Unit = "calls",
            Violations = violations.Count,
            Seed = seed,
            Outcomes = new Dictionary<string, long>(_outcomes),
            Took = Stopwatch.GetElapsedTime(started),
        });
        Assert.True(violations.Count == 0, string.Join('\n', violations));
    }
}
