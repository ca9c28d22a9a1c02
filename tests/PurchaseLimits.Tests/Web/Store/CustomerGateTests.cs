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
}
