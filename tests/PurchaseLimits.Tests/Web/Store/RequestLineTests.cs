using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Store;

public sealed class RequestLineTests
{
    private readonly TaskCompletionSource _hold = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<long[]> _sent = [];

    [Fact]
    public async Task What_waits_of_one_customer_goes_together_in_the_order_it_came()
    {
        var line = new RequestLine(SendAloneAsync, SendAsync, atOnce: 1, together: 3);
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
        var line = new RequestLine(SendAloneAsync, SendAsync, atOnce: 2, together: 10);
        var replies = Enumerable.Range(1, 20).Select(customer => line.SendAsync(Request(customer, customer))).ToArray();
        await Support.Eventually.TrueAsync(() => Task.FromResult(SentCount() == 2), "two under way");

        Assert.DoesNotContain(replies, reply => reply.IsCompleted);
        Assert.Equal(2, SentCount());
        _hold.SetResult();
        await Task.WhenAll(replies);
        Assert.Equal(20, SentCount());
    }

    [Fact]
    public async Task A_failure_reaches_those_it_concerns_and_the_next_are_sent()
    {
        var line = new RequestLine(
            async request => (await SendAsync([request])) is var replies && request.CustomerId == 1 ? throw new InvalidOperationException("Broken.") : replies[0],
            SendAsync, atOnce: 1, together: 10);
        _hold.SetResult();

        await Assert.ThrowsAsync<InvalidOperationException>(() => line.SendAsync(Request(1, 1)));
        Assert.Equal(2, (await line.SendAsync(Request(2, 2))).SequenceNumber);
    }

    [Fact]
    public async Task A_group_that_fails_is_sent_one_by_one()
    {
        var line = new RequestLine(SendAloneAsync, _ => throw new Npgsql.NpgsqlException("The wire was cut."), atOnce: 1, together: 10);
        var replies = Enumerable.Range(1, 5).Select(i => line.SendAsync(Request(1, i))).ToArray();

        _hold.SetResult();

        Assert.Equal([1, 2, 3, 4, 5], (await Task.WhenAll(replies)).Select(reply => reply.SequenceNumber ?? 0));
        Assert.All(_sent, group => Assert.Single(group));
    }

    private static PurchaseRequest Request(long customerId, long number) =>
        new(customerId, Guid.CreateVersion7(), DateTimeOffset.UtcNow, number, []);

    private async Task<PurchaseReply> SendAloneAsync(PurchaseRequest request) => (await SendAsync([request]))[0];

    private int SentCount()
    {
        lock (_sent)
            return _sent.Count;
    }

    private async Task<IReadOnlyList<PurchaseReply>> SendAsync(IReadOnlyList<PurchaseRequest> requests)
    {
        lock (_sent)
            _sent.Add([.. requests.Select(request => (long)request.ShownTotal)]);
        await _hold.Task;
        return [.. requests.Select(request => new PurchaseReply { Outcome = PurchaseOutcome.Processing, SequenceNumber = (long)request.ShownTotal })];
    }
}
