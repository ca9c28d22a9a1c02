using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Store;

public sealed class CustomerGateTests
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_at_a_time_per_customer_in_the_order_of_arrival()
    {
        var gate = new CustomerGate(maxWaiting: 100);
        var running = 0;
        var order = new List<int>();

        var calls = Enumerable.Range(0, 100).Select(i => gate.TryRunAsync(1, async () =>
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            await Task.Yield();
            order.Add(i);
            Interlocked.Decrement(ref running);
        }, Ending)).ToArray();

        Assert.All(await Task.WhenAll(calls), Assert.True);
        Assert.Equal(Enumerable.Range(0, 100), order);
        Assert.Equal(0, gate.CustomerCount);
    }

    [Fact]
    public async Task Customers_do_not_wait_for_each_other()
    {
        var gate = new CustomerGate(maxWaiting: 1);
        var hold = new TaskCompletionSource();

        var first = gate.TryRunAsync(1, () => hold.Task, Ending);
        Assert.True(await gate.TryRunAsync(2, () => Task.CompletedTask, Ending));

        hold.SetResult();
        Assert.True(await first);
    }

    [Fact]
    public async Task Past_the_line_the_next_is_turned_away_and_its_work_never_runs()
    {
        var gate = new CustomerGate(maxWaiting: 2);
        var hold = new TaskCompletionSource();
        var served = new[] { gate.TryRunAsync(1, () => hold.Task, Ending), gate.TryRunAsync(1, () => hold.Task, Ending), gate.TryRunAsync(1, () => hold.Task, Ending) };

        Assert.False(await gate.TryRunAsync(1, () => throw new InvalidOperationException("It ran."), Ending));

        hold.SetResult();
        Assert.All(await Task.WhenAll(served), Assert.True);
    }

    [Fact]
    public async Task Who_stops_waiting_is_passed_over_and_who_runs_is_not_interrupted()
    {
        var gate = new CustomerGate(maxWaiting: 10);
        var hold = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        var ran = false;
        var running = gate.TryRunAsync(1, () => hold.Task, stop.Token);
        var waiting = gate.TryRunAsync(1, () =>
        {
            ran = true;
            return Task.CompletedTask;
        }, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(running.IsCompleted);
        hold.SetResult();
        Assert.True(await running);
        Assert.True(await gate.TryRunAsync(1, () => Task.CompletedTask, Ending));
        Assert.False(ran);
        Assert.Equal(0, gate.CustomerCount);
    }

    [Fact]
    public async Task A_failure_is_its_own_callers_only()
    {
        var gate = new CustomerGate(maxWaiting: 10);
        var hold = new TaskCompletionSource();
        var first = gate.TryRunAsync(1, () => hold.Task, Ending);
        var failing = gate.TryRunAsync(1, () => throw new InvalidOperationException("Only mine."), Ending);
        var last = gate.TryRunAsync(1, () => Task.CompletedTask, Ending);

        hold.SetResult();

        Assert.True(await first);
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        Assert.True(await last);
    }

    /// <summary>What a call logs and traces is its own request's, although another request's call may have begun the line.</summary>
    [Fact]
    public async Task Each_call_runs_in_the_context_of_whoever_made_it()
    {
        var gate = new CustomerGate(maxWaiting: 10);
        var hold = new TaskCompletionSource();
        var request = new AsyncLocal<int>();
        var seen = new List<int>();

        var calls = Enumerable.Range(1, 3).Select(CallAsync).ToArray();
        hold.SetResult();
        await Task.WhenAll(calls);

        Assert.Equal([1, 2, 3], seen);

        async Task CallAsync(int i)
        {
            request.Value = i;
            await gate.TryRunAsync(1, async () =>
            {
                await hold.Task;
                seen.Add(request.Value);
            }, Ending);
        }
    }

    [Fact]
    public async Task Purchases_that_wait_one_behind_the_other_are_placed_together()
    {
        var gate = new CustomerGate(maxWaiting: 100);
        var hold = new TaskCompletionSource();
        var groups = new List<string>();
        var calls = new List<Task> { gate.TryRunAsync(1, () => hold.Task, Ending) };
        var replies = new List<Task<PurchaseReply?>>();
        Place("a");
        Place("b");
        Place("c");
        calls.Add(gate.TryRunAsync(1, () => { groups.Add("refund"); return Task.CompletedTask; }, Ending));
        Place("d");
        Place("e");
        Place("d"); // sent again
        Place("f");

        hold.SetResult();
        await Task.WhenAll(calls.Concat(replies));

        Assert.Equal(["a b c", "refund", "d e", "d f"], groups);
        Assert.Equal([1L, 2, 3, 4, 5, 4, 6], replies.Select(reply => reply.Result!.SequenceNumber!.Value));
        Assert.Equal(0, gate.CustomerCount);

        void Place(string name) => replies.Add(gate.TryPlaceAsync(Request(name), PlaceAsync, () => { }, Ending));

        Task<IReadOnlyList<PurchaseReply>> PlaceAsync(IReadOnlyList<PurchaseRequest> requests)
        {
            groups.Add(string.Join(' ', requests.Select(Name)));
            return Task.FromResult<IReadOnlyList<PurchaseReply>>([.. requests.Select(Reply)]);
        }
    }

    [Fact]
    public async Task No_more_are_placed_together_than_a_transaction_should_take()
    {
        var gate = new CustomerGate(maxWaiting: 1000);
        var hold = new TaskCompletionSource();
        var sizes = new List<int>();
        var first = gate.TryRunAsync(1, () => hold.Task, Ending);
        var calls = Enumerable.Range(0, 200).Select(i => gate.TryPlaceAsync(Request($"{(char)(1000 + i)}"), requests =>
        {
            sizes.Add(requests.Count);
            return Task.FromResult<IReadOnlyList<PurchaseReply>>([.. requests.Select(Reply)]);
        }, () => { }, Ending)).ToArray();

        hold.SetResult();
        await first;
        await Task.WhenAll(calls);

        Assert.Equal([CustomerGate.MostTogether, CustomerGate.MostTogether, CustomerGate.MostTogether, 8], sizes);
    }

    [Fact]
    public async Task A_group_that_fails_is_placed_one_by_one_and_only_the_guilty_fails()
    {
        var gate = new CustomerGate(maxWaiting: 100);
        var hold = new TaskCompletionSource();
        var first = gate.TryRunAsync(1, () => hold.Task, Ending);
        var calls = "agb".Select(name => $"{name}").Select(name => gate.TryPlaceAsync(Request(name), requests =>
            requests.Any(request => Name(request) == "g")
                ? throw new InvalidOperationException("guilty")
                : Task.FromResult<IReadOnlyList<PurchaseReply>>([.. requests.Select(Reply)]), () => { }, Ending)).ToArray();

        hold.SetResult();
        await first;

        Assert.Equal(1, (await calls[0])!.SequenceNumber);
        Assert.Equal("guilty", (await Assert.ThrowsAsync<InvalidOperationException>(() => calls[1])).Message);
        Assert.Equal(2, (await calls[2])!.SequenceNumber);
    }

    [Fact]
    public async Task A_frozen_customer_is_asked_about_once_for_all_that_wait()
    {
        var gate = new CustomerGate(maxWaiting: 100);
        var hold = new TaskCompletionSource();
        var asked = 0;
        var first = gate.TryRunAsync(1, () => hold.Task, Ending);
        var calls = "abc".Select(name => gate.TryPlaceAsync(Request($"{name}"), _ =>
        {
            asked++;
            throw new CustomerFrozenException(1, new InvalidOperationException());
        }, () => { }, Ending)).ToArray();

        hold.SetResult();
        await first;

        foreach (var call in calls)
            await Assert.ThrowsAsync<CustomerFrozenException>(() => call);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_purchase_that_stops_waiting_is_not_placed_and_one_past_the_line_neither()
    {
        var gate = new CustomerGate(maxWaiting: 2);
        var hold = new TaskCompletionSource();
        using var left = new CancellationTokenSource();
        var placed = new List<string>();
        var first = gate.TryRunAsync(1, () => hold.Task, Ending);
        var calls = new[] { Place("a", left.Token), Place("b", Ending) };
        Assert.Null(await Place("c", Ending));
        await left.CancelAsync();

        hold.SetResult();
        await first;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calls[0]);
        Assert.NotNull(await calls[1]);
        Assert.Equal(["b"], placed);

        Task<PurchaseReply?> Place(string name, CancellationToken token) => gate.TryPlaceAsync(Request(name), requests =>
        {
            placed.AddRange(requests.Select(Name));
            return Task.FromResult<IReadOnlyList<PurchaseReply>>([.. requests.Select(Reply)]);
        }, () => { }, token);
    }

    /// <summary>A purchase whose key is its name's first letter.</summary>
    private static PurchaseRequest Request(string name) => new(1, new Guid(name[0], 0, 0, new byte[8]), default, 1, []);

    private static string Name(PurchaseRequest request) => $"{(char)BitConverter.ToInt32(request.PurchaseId.ToByteArray())}";

    private static PurchaseReply Reply(PurchaseRequest request) =>
        new() { Outcome = PurchaseOutcome.Confirmed, SequenceNumber = Name(request)[0] - 'a' + 1 };
}
