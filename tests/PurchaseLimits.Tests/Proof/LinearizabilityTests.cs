using System.Collections.Concurrent;
using System.Diagnostics;
using Dapper;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// Small histories of one customer, with when every call began and ended: some order that agrees with real time explains every answer
/// (<see cref="Linearizer"/>). In half of them the wire is down for a while, so that calls end in doubt.
/// </summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class LinearizabilityTests(PostgresServer server) : StoreTest(server)
{
    private const int Callers = 5;
    private const int CallsEach = 6;
    private const decimal FirstLimit = 500m;
    private static readonly decimal[] s_prices = [40m, 90m, 150m, 260m];

    private readonly ConcurrentDictionary<string, long> _outcomes = new();
    private readonly List<Operation> _all = [];
    private int _histories;
    private int _lastCustomer;

    // In what is down what is on its way is lost either here or there.
    private volatile bool _isDown;

    [Fact]
    public async Task Every_history_is_explained_by_some_order()
    {
        var seed = ProofTier.Seed("HISTORIES_SEED");
        var started = Stopwatch.GetTimestamp();
        await AddProductsAsync(s_prices);
        var stores = Stores();
        var unexplained = new List<string>();

        for (var round = 0; round < ProofTier.Of(4, 300); round++)
        {
            var customers = Enumerable.Range(0, 15).Select(_ => ++_lastCustomer).ToArray();
            await AddCustomersAsync(customers[0], customers[^1]);
            var histories = await RoundAsync(stores, customers, seed + round * 10_000, goesDown: round % 2 == 1);
            unexplained.AddRange(histories.Where(history => !Linearizer.Explains(history.Value, new AccountState { Limit = FirstLimit }))
                .Select(history => $"customer {history.Key}:\n{string.Join('\n', history.Value.OrderBy(operation => operation.Began))}"));
            _histories += histories.Count;
            // The last one is kept: spoilt, it must not be explained.
            _all.Clear();
            _all.AddRange(histories[customers[0]]);
        }

        ProofRun.Add(new()
        {
            Section = "Mixed load",
            What = $"histories of {Callers} callers for one customer, explained by some order",
            Tried = _histories,
            Unit = "histories",
            Violations = unexplained.Count,
            Seed = seed,
            Outcomes = new Dictionary<string, long>(_outcomes),
            Took = Stopwatch.GetElapsedTime(started),
        });
        Assert.Empty(unexplained);
        foreach (var outcome in new[] { "in doubt, had happened", "in doubt, had not happened", "Confirmed", "OverLimit", "Refunded", "Changed", "AlreadyRecorded" })
            Assert.True(_outcomes.GetValueOrDefault(outcome) > 0, $"never: {outcome}");
        AssertSpoiltIsNotExplained(_all);
    }

    /// <summary>Answers of a real history, changed a little: the search that explained it does not explain that.</summary>
    private static void AssertSpoiltIsNotExplained(IReadOnlyList<Operation> history)
    {
        var start = new AccountState { Limit = FirstLimit };
        Assert.True(Linearizer.Explains(history, start));
        var spoilt = 0;
        foreach (var operation in history.Where(operation => !operation.InDoubt))
        {
            Operation? other = operation switch
            {
                Operation.Read read => read with { Amount = read.Amount + 0.01m },
                Operation.Buy { Reply.Status: "confirmed" } buy => buy with { Reply = buy.Reply with { Status = "refused" } },
                Operation.Buy buy => buy with { Reply = buy.Reply with { Status = "confirmed" } },
                Operation.ChangeLimit { Reply.Outcome: LimitChangeOutcome.Changed } change => change with { Reply = change.Reply with { LimitBefore = change.Reply.LimitBefore + 1 } },
                _ => null,
            };
            if (other is null)
                continue;
            spoilt++;
            Assert.False(Linearizer.Explains(history.Select(one => ReferenceEquals(one, operation) ? other : one), start), $"explained: {other}");
        }

        Assert.True(spoilt > 5);
    }

    /// <summary>One web process for each caller, so that the database alone orders them; and two callers in one.</summary>
    private PurchaseLimits.Web.Store[] Stores()
    {
        var wire = Own(new TcpProxy(ServerAddress.Host, ServerAddress.Port)
        {
            Request = _ => !_isDown || Random.Shared.Next(2) == 0,
            Reply = _ => !_isDown,
        });
        var stores = Enumerable.Range(0, Callers - 1).Select(_ => NewStoreThrough(wire.Port)).ToArray();
        return [.. stores, stores[^1]];
    }

    private async Task<Dictionary<int, List<Operation>>> RoundAsync(PurchaseLimits.Web.Store[] stores, int[] customers, int seed, bool goesDown)
    {
        var now = await ScalarAsync<DateTime>("SELECT clock_timestamp()");
        var callers = customers.SelectMany(customer => Enumerable.Range(0, Callers)
            .Select(i => new HistoryCaller(stores[i], customer, s_prices, now, new Random(seed + customer * Callers + i), ReadAsync))).ToArray();
        var keys = customers.ToDictionary(customer => customer, _ => new ConcurrentQueue<(Guid, decimal)>());
        async Task AllAsync(int calls) => await Task.WhenAll(callers.Select(caller => Task.Run(() => caller.CallAsync(calls, keys[caller.Customer]))));

        await AllAsync(CallsEach / 2);
        if (goesDown)
        {
            _isDown = true;
            await AllAsync(1);
            _isDown = false;
        }

        await AllAsync(CallsEach / 2);
        var histories = callers.GroupBy(caller => caller.Customer).ToDictionary(group => group.Key, group => group.SelectMany(caller => caller.Operations).ToList());
        foreach (var (customer, history) in histories)
        {
            // When all is quiet: what is there, and what is not.
            history.Add((await ReadAsync(customer))!);
            await CountAsync(customer, history);
        }

        return histories;
    }

    private async Task<Operation?> ReadAsync(int customer)
    {
        var began = Stopwatch.GetTimestamp();
        var (amount, limit, number) = (await QueryAsync<(decimal, decimal, long)>(
            "SELECT amount, limit_amount, last_sequence_number FROM store.customer_allowance WHERE customer_id = @customer", new { customer })).Single();
        return new Operation.Read(amount, limit, number) { Began = began, Ended = Stopwatch.GetTimestamp() };
    }

    private async Task CountAsync(int customer, List<Operation> history)
    {
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        var recorded = (await connection.QueryAsync<Guid>(
            """
            SELECT purchase_id FROM store.purchase WHERE customer_id = @customer
            UNION ALL SELECT refund_id FROM store.refund WHERE customer_id = @customer
            UNION ALL SELECT limit_change_id FROM store.limit_change WHERE customer_id = @customer
            """, new { customer })).ToHashSet();
        foreach (var operation in history)
        {
            var (key, outcome) = operation switch
            {
                Operation.Buy buy => (buy.Key, $"{buy.Reply.Outcome}"),
                Operation.Refund refund => (refund.Key, $"{refund.Reply.Outcome}"),
                Operation.ChangeLimit change => (change.Key, $"{change.Reply.Outcome}"),
                _ => (default, "Read"),
            };
            if (operation.InDoubt)
                outcome = recorded.Contains(key) ? "in doubt, had happened" : "in doubt, had not happened";
            _outcomes.AddOrUpdate(outcome, 1, (_, count) => count + 1);
        }
    }
}
