namespace PurchaseLimits.Web;

/// <summary>
/// What this process has to send, in line. Whoever is sent takes along what else waits, so a crowd costs a round trip and a commit
/// for many. With nothing under way an item goes at once and alone: it waits for no others to come.
/// </summary>
/// <param name="sendAlone">Sends one item; true: it may have been sent before, with others, and done.</param>
/// <param name="sendTogether">
/// Sends several, and returns the reply to each, in their order; null for one that nothing was done about: it is sent alone. When it
/// throws, it is not known what was done: each is sent alone, and has its own key.
/// </param>
/// <param name="mayJoin">Whether the item may go with those of the group, of which there is one at least.</param>
/// <param name="atOnce">How many groups are under way at once, but for those that take longer than <paramref name="patience"/>.</param>
/// <param name="patience">
/// A group that is under way for longer holds up nobody: another goes. It waits for something that others may not be waiting for.
/// </param>
/// <param name="isEven">
/// Beside a group under way another goes once it would be as large, in items, or when that one ends: two of one size cost less than
/// a large one and many small ones.
/// </param>
public sealed class GroupLine<TItem, TReply>(
    Func<TItem, bool, Task<TReply>> sendAlone,
    Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TReply?>>> sendTogether,
    Func<IReadOnlyList<TItem>, TItem, bool> mayJoin,
    int atOnce,
    TimeSpan patience,
    bool isEven)
    where TReply : class
{
    private readonly LinkedList<Entry> _waiting = [];
    private int _groups;
    private int _underWay;

    /// <summary>The reply to an item, once it was sent. Throws what sending threw.</summary>
    public async Task<TReply> SendAsync(TItem item)
    {
        var entry = new Entry(item);
        lock (_waiting)
        {
            _waiting.AddLast(entry);
            BeginGroup();
        }

        return await entry.Reply.Task;
    }

    private async Task ServeAsync()
    {
        var group = TakeGroup(before: []);
        while (group.Count > 0)
        {
            var sending = SendGroupAsync(group);
            if (!sending.IsCompleted)
                await Task.WhenAny(sending, Task.Delay(patience));
            // Those that got their replies may want something else at once: then they are in line by now.
            await Task.Yield();
            group = TakeGroup(group);
        }
    }

    private async Task SendGroupAsync(List<Entry> group)
    {
        var mayBeDone = false;
        if (group.Count > 1)
        {
            try
            {
                var replies = await group[0].Caller.Run(() => sendTogether([.. group.Select(entry => entry.Item)]));
                foreach (var (entry, reply) in group.Zip(replies).Where(pair => pair.Second is not null))
                    entry.Reply.SetResult(reply!);
                group = [.. group.Zip(replies).Where(pair => pair.Second is null).Select(pair => pair.First)];
            }
            catch (Exception)
            {
                mayBeDone = true;
            }
        }

        await Task.WhenAll(group.Select(entry => SendAloneAsync(entry, mayBeDone)));
    }

    private async Task SendAloneAsync(Entry entry, bool mayBeDone)
    {
        try
        {
            entry.Reply.SetResult(await entry.Caller.Run(() => sendAlone(entry.Item, mayBeDone)));
        }
        catch (Exception exception)
        {
            // Whoever waits gets the failure; who comes next is served all the same.
            entry.Reply.SetException(exception);
        }
    }

    private void BeginGroup()
    {
        if (_groups == atOnce || !MayGo(_groups))
            return;
        _groups++;
        _ = Task.Run(ServeAsync);
    }

    /// <summary>Whether somebody waits, and where groups are to be even as many as the other groups have, each.</summary>
    private bool MayGo(int others) => _waiting.Count > 0 && (!isEven || others == 0 || _waiting.Count >= _underWay / others);

    /// <summary>
    /// The one who waited longest and who else waits and may join, where groups are to be even no more than that takes; nobody, and
    /// one group less, when nobody waits or it is for another group to take them.
    /// </summary>
    private List<Entry> TakeGroup(List<Entry> before)
    {
        var group = new List<Entry>();
        var items = new List<TItem>();
        lock (_waiting)
        {
            _underWay -= before.Count;
            var others = _groups - 1;
            if (!MayGo(others))
            {
                _groups--;
                return group;
            }

            var all = _waiting.Count + _underWay;
            var most = !isEven ? all : Math.Max(1, others == atOnce - 1 ? (all + atOnce - 1) / atOnce : all / atOnce);
            for (var node = _waiting.First; node is not null && group.Count < most;)
            {
                var next = node.Next;
                if (items.Count == 0 || mayJoin(items, node.Value.Item))
                {
                    group.Add(node.Value);
                    items.Add(node.Value.Item);
                    _waiting.Remove(node);
                }

                node = next;
            }

            _underWay += group.Count;
            BeginGroup();
        }

        return group;
    }

    private sealed class Entry(TItem item)
    {
        public TItem Item { get; } = item;

        public CallerContext Caller { get; } = new();

        public TaskCompletionSource<TReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
