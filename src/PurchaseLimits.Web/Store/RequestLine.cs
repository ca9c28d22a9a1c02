namespace PurchaseLimits.Web;

/// <summary>
/// Requests of this process that wait to be written down. Whoever is sent takes along what else waits of the same customer,
/// so a crowd costs a round trip and a commit for many. Nobody waits for others to come: with nothing under way, a request
/// goes at once and alone.
/// </summary>
/// <param name="sendAlone">Sends one request.</param>
/// <param name="sendTogether">
/// Sends requests of one customer, in their order, and returns the reply to each. When it fails, each is sent alone.
/// </param>
/// <param name="atOnce">How many groups are under way at once: more connections than this are never taken.</param>
/// <param name="together">How many requests make a group at most.</param>
public sealed class RequestLine(
    Func<PurchaseRequest, Task<PurchaseReply>> sendAlone,
    Func<IReadOnlyList<PurchaseRequest>, Task<IReadOnlyList<PurchaseReply>>> sendTogether,
    int atOnce,
    int together)
{
    private readonly LinkedList<Entry> _waiting = [];
    private int _underWay;

    /// <summary>The reply to a request, once it was sent. Throws what sending threw.</summary>
    public async Task<PurchaseReply> SendAsync(PurchaseRequest request)
    {
        var entry = new Entry(request);
        lock (_waiting)
        {
            _waiting.AddLast(entry);
            if (_underWay < atOnce)
            {
                _underWay++;
                _ = Task.Run(ServeAsync);
            }
        }

        return await entry.Reply.Task;
    }

    private async Task ServeAsync()
    {
        while (TakeGroup() is { Count: > 0 } group)
        {
            if (group.Count == 1 || !await TrySendTogetherAsync(group))
                await Task.WhenAll(group.Select(SendAloneAsync));
        }
    }

    /// <summary>
    /// False when it failed; each is then sent alone. Any of them may be to blame, and after a lost connection all may be
    /// written down. Each has its own key, so each can be sent again.
    /// </summary>
    private async Task<bool> TrySendTogetherAsync(List<Entry> group)
    {
        try
        {
            var replies = await group[0].Caller.Run(() => sendTogether([.. group.Select(entry => entry.Request)]));
            foreach (var (entry, reply) in group.Zip(replies))
                entry.Reply.SetResult(reply);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private async Task SendAloneAsync(Entry entry)
    {
        try
        {
            entry.Reply.SetResult(await entry.Caller.Run(() => sendAlone(entry.Request)));
        }
        catch (Exception exception)
        {
            // Whoever waits gets the failure; who comes next is served all the same.
            entry.Reply.SetException(exception);
        }
    }

    /// <summary>The one who waited longest and who else waits of that customer; nobody, and one less under way, when none do.</summary>
    private List<Entry> TakeGroup()
    {
        var group = new List<Entry>();
        lock (_waiting)
        {
            for (var node = _waiting.First; node is not null && group.Count < together;)
            {
                var next = node.Next;
                if (group.Count == 0 || node.Value.Request.CustomerId == group[0].Request.CustomerId)
                {
                    group.Add(node.Value);
                    _waiting.Remove(node);
                }

                node = next;
            }

            if (group.Count == 0)
                _underWay--;
        }

        return group;
    }

    private sealed class Entry(PurchaseRequest request)
    {
        public PurchaseRequest Request { get; } = request;

        public CallerContext Caller { get; } = new();

        public TaskCompletionSource<PurchaseReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
