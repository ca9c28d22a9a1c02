using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Store;

public sealed class GroupLineTests
{
    private readonly TaskCompletionSource _hold = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<long[]> _sent = [];
    private int _mayBeDone;

    [Fact]
    public async Task What_waits_of_one_customer_goes_together_in_the_order_it_came()
    {
        var line = NewLine(SendAsync, atOnce: 1, together: 3);
        var first = line.SendAsync(Request(1, 100));
        await Support.Eventually.TrueAsync(() => Task.FromResult(SentCount() == 1), "one under way");
        var others = new[] { line.SendAsync(Request(1, 101)), line.SendAsync(Request(2, 200)), line.SendAsync(Request(1, 102)), line.SendAsync(Request(1, 103)), line.SendAsync(Request(1, 104)) };

        _hold.SetResult();

        Assert.Equal(100, (await first).SequenceNumber);
        Assert.Equal([101, 200, 102, 103, 104], (await Task.WhenAll(others)).Select(reply => reply.SequenceNumber ?? 0));
        Assert.Equal([[100], [101, 102, 103], [200], [104]], _sent);
    }

    [Fact]
    public async Task No_more_groups_are_under_way_than_allowed()
    {
        var line = NewLine(SendAsync, atOnce: 2, together: 10);
        var replies = Enumerable.Range(1, 20).Select(customer => line.SendAsync(Request(customer, customer))).ToArray();
        await Support.Eventually.TrueAsync(() => Task.FromResult(SentCount() == 2), "two under way");

        Assert.DoesNotContain(replies, reply => reply.IsCompleted);
        Assert.Equal(2, SentCount());
        _hold.SetResult();
        await Task.WhenAll(replies);
        Assert.Equal(20, SentCount());
    }

    /// <summary>One that would be smaller waits for those under way, so that groups stay of one size.</summary>
    [Fact]
    public async Task Another_group_goes_beside_one_that_is_no_larger()
    {
        var holds = new Dictionary<long, TaskCompletionSource>();
        var line = new GroupLine<PurchaseRequest, PurchaseReply>(
            SendAloneAsync,
            async requests =>
            {
                var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                lock (_sent)
                {
                    _sent.Add([.. requests.Select(request => (long)request.ShownTotal)]);
                    holds.Add(_sent[^1][0], hold);
                }

                await hold.Task;
                return [.. requests.Select(_ => new PurchaseReply { Outcome = PurchaseOutcome.Confirmed })];
            },
            (_, _) => true, atOnce: 2, TimeSpan.FromMinutes(1), isEven: true);
        var alone = new[] { line.SendAsync(Request(1, 1)), line.SendAsync(Request(2, 2)) };
        await SentAsync("1", "2");
        var eight = Enumerable.Range(3, 8).Select(i => line.SendAsync(Request(i, i))).ToArray();

        // The first of the two returns: of one under way and eight that wait five are half. The second does not take the three.
        _hold.SetResult();
        await Task.WhenAll(alone);
        await SentAsync("1", "2", "3 4 5 6 7");
        var eleventh = line.SendAsync(Request(11, 11));
        Assert.Equal(3, SentCount());
        var twelfth = line.SendAsync(Request(12, 12));
        await SentAsync("1", "2", "3 4 5 6 7", "8 9 10 11 12");

        holds[3].SetResult();
        holds[8].SetResult();
        await Task.WhenAll([.. eight, eleventh, twelfth]);
    }

    [Fact]
    public async Task A_failure_reaches_those_it_concerns_and_the_next_are_sent()
    {
        var line = NewLine(
            SendAsync, atOnce: 1, together: 10,
            sendAlone: async (request, mayBeDone) => await SendAloneAsync(request, mayBeDone) is var reply && request.CustomerId == 1 ? throw new InvalidOperationException("Broken.") : reply);
        _hold.SetResult();

        await Assert.ThrowsAsync<InvalidOperationException>(() => line.SendAsync(Request(1, 1)));
        Assert.Equal(2, (await line.SendAsync(Request(2, 2))).SequenceNumber);
    }

    [Fact]
    public async Task A_group_that_fails_is_sent_one_by_one()
    {
        var line = NewLine(_ => throw new Npgsql.NpgsqlException("The wire was cut."), atOnce: 1, together: 10);
        var replies = Enumerable.Range(1, 5).Select(i => line.SendAsync(Request(1, i))).ToArray();

        _hold.SetResult();

        Assert.Equal([1, 2, 3, 4, 5], (await Task.WhenAll(replies)).Select(reply => reply.SequenceNumber ?? 0));
        Assert.All(_sent, group => Assert.Single(group));
        Assert.InRange(_mayBeDone, 4, 5); // the first may have gone alone to begin with
    }

    [Fact]
    public async Task Those_without_a_reply_are_sent_alone()
    {
        var line = NewLine(async requests => [.. (await SendAsync(requests)).Select(reply => reply!.SequenceNumber % 2 == 0 ? null : reply)], atOnce: 1, together: 10);
        var first = line.SendAsync(Request(1, 1));
        await Support.Eventually.TrueAsync(() => Task.FromResult(SentCount() == 1), "one under way");
        var others = Enumerable.Range(2, 3).Select(number => line.SendAsync(Request(1, number))).ToArray();

        _hold.SetResult();

        Assert.Equal(1, (await first).SequenceNumber);
        Assert.Equal([2, 3, 4], (await Task.WhenAll(others)).Select(reply => reply.SequenceNumber ?? 0));
        Assert.Equal(["1", "2", "2 3 4", "4"], _sent.Select(group => string.Join(' ', group)).Order());
        Assert.Equal(0, _mayBeDone);
    }

    [Fact]
    public async Task A_group_that_takes_long_holds_up_nobody()
    {
        var line = NewLine(SendAsync, atOnce: 1, together: 1, patience: TimeSpan.FromMilliseconds(1));
        var slow = line.SendAsync(Request(1, 1));
        var next = line.SendAsync(Request(2, 2));

        await Support.Eventually.TrueAsync(() => Task.FromResult(SentCount() == 2), "the next is under way");

        Assert.False(slow.IsCompleted || next.IsCompleted);
        _hold.SetResult();
        await Task.WhenAll(slow, next);
    }

    /// <summary>A line of one customer's requests.</summary>
    private GroupLine<PurchaseRequest, PurchaseReply> NewLine(
        Func<IReadOnlyList<PurchaseRequest>, Task<IReadOnlyList<PurchaseReply?>>> sendTogether, int atOnce, int together,
        Func<PurchaseRequest, bool, Task<PurchaseReply>>? sendAlone = null, TimeSpan? patience = null) =>
        new(sendAlone ?? SendAloneAsync, sendTogether, (group, next) => group.Count < together && next.CustomerId == group[0].CustomerId,
            atOnce, patience ?? TimeSpan.FromMinutes(1), isEven: false);

    private static PurchaseRequest Request(long customerId, long number) =>
        new(customerId, Guid.CreateVersion7(), DateTimeOffset.UtcNow, number, []);

    private async Task<PurchaseReply> SendAloneAsync(PurchaseRequest request, bool mayBeDone)
    {
        if (mayBeDone)
            Interlocked.Increment(ref _mayBeDone);
        return (await SendAsync([request]))[0]!;
    }

    private Task SentAsync(params string[] groups) => Support.Eventually.TrueAsync(
        () =>
        {
            lock (_sent)
                return Task.FromResult(_sent.Select(group => string.Join(' ', group)).Order().SequenceEqual(groups.Order()));
        }, $"sent are {string.Join(", ", groups)}");

    private int SentCount()
    {
        lock (_sent)
            return _sent.Count;
    }

    private async Task<IReadOnlyList<PurchaseReply?>> SendAsync(IReadOnlyList<PurchaseRequest> requests)
    {
        lock (_sent)
            _sent.Add([.. requests.Select(request => (long)request.ShownTotal)]);
        await _hold.Task;
        return [.. requests.Select(request => new PurchaseReply { Outcome = PurchaseOutcome.Processing, SequenceNumber = (long)request.ShownTotal })];
    }
}
