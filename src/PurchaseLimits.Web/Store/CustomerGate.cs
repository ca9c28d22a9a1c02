namespace PurchaseLimits.Web;

/// <summary>
/// One money call at a time per customer in this process, in the order of arrival; who waits holds no pooled connection,
/// so one busy customer starves nobody else (facts 2 and 3). Purchases that wait one behind the other are decided in one
/// call: a lock and a commit for all of them (facts 12e), perhaps with those of other customers (<see cref="GroupLine{TItem,TReply}"/>).
/// Correctness never depends on it: other processes have gates
/// of their own, and the row lock decides between them.
/// </summary>
/// <param name="maxWaiting">How many may wait per customer before the next is turned away.</param>
public sealed class CustomerGate(int maxWaiting)
{
    /// <summary>How many purchases are decided together at most: a transaction of some 10 ms.</summary>
    public const int MostTogether = 64;

    private readonly Dictionary<long, LinkedList<Entry>> _waiting = [];

    /// <summary>How many customers have a call running or waiting.</summary>
    public int CustomerCount
    {
        get
        {
            lock (_waiting)
                return _waiting.Count;
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> when it is its turn. Returns false, without running it, when too many wait already.
    /// The token ends the waiting only: work that began runs to its end, because it may be committing.
    /// </summary>
    public async Task<bool> TryRunAsync(long customerId, Func<Task> work, CancellationToken cancellationToken = default)
    {
        var entry = new Entry { Work = work };
        return await TryWaitAsync(customerId, entry, cancellationToken);
    }

    /// <summary>
    /// Has a purchase decided when it is its turn, together with those that wait right behind it. Returns null, undecided,
    /// when too many wait already. The token ends the waiting only.
    /// </summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="place">
    /// Decides purchases of one customer, in their order, and returns the reply to each. When it throws for several, each is
    /// given to it alone: one of them may be to blame, and each has its own key.
    /// </param>
    /// <param name="served">Called when it is its turn.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<PurchaseReply?> TryPlaceAsync(
        PurchaseRequest request, Func<IReadOnlyList<PurchaseRequest>, Task<IReadOnlyList<PurchaseReply>>> place, Action served,
        CancellationToken cancellationToken)
    {
        var entry = new Entry { Request = request, Place = place, Served = served };
        return await TryWaitAsync(request.CustomerId, entry, cancellationToken) ? entry.Reply : null;
    }

    private async Task<bool> TryWaitAsync(long customerId, Entry entry, CancellationToken cancellationToken)
    {
        lock (_waiting)
        {
            if (!_waiting.TryGetValue(customerId, out var line))
            {
                _waiting.Add(customerId, new LinkedList<Entry>());
                _ = Task.Run(() => ServeAsync(customerId, entry), CancellationToken.None);
            }
            else if (line.Count >= maxWaiting)
            {
                return false;
            }
            else
            {
                line.AddLast(entry);
            }
        }

        using var registration = cancellationToken.Register(() =>
        {
            if (LeaveLine(customerId, entry))
                entry.Ended.TrySetCanceled(cancellationToken);
        });
        await entry.Ended.Task;
        return true;
    }

    /// <summary>Serves a customer until nobody waits.</summary>
    private async Task ServeAsync(long customerId, Entry first)
    {
        for (List<Entry> group = [first]; group.Count > 0; group = TakeGroup(customerId))
        {
            foreach (var entry in group)
                entry.Served?.Invoke();
            if (group.Count == 1 || !await TryPlaceTogetherAsync(group))
            {
                foreach (var entry in group)
                    await ServeAloneAsync(entry);
            }
        }
    }

    private static async Task ServeAloneAsync(Entry entry)
    {
        try
        {
            if (entry.Work is { } work)
                await entry.Caller.Run(work);
            else
                entry.Reply = (await entry.Caller.Run(() => entry.Place!([entry.Request!])))[0];
            entry.Ended.TrySetResult();
        }
        catch (Exception exception)
        {
            // Whoever waits for this entry gets the failure; the next in line is served all the same.
            entry.Ended.TrySetException(exception);
        }
    }

    /// <summary>False when it failed: then each is served alone.</summary>
    private static async Task<bool> TryPlaceTogetherAsync(List<Entry> group)
    {
        try
        {
            var replies = await group[0].Caller.Run(() => group[0].Place!([.. group.Select(entry => entry.Request!)]));
            foreach (var (entry, reply) in group.Zip(replies))
            {
                entry.Reply = reply;
                entry.Ended.TrySetResult();
            }

            return true;
        }
        catch (CustomerFrozenException exception)
        {
            // It is about the customer, not about one of them.
            foreach (var entry in group)
                entry.Ended.TrySetException(exception);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <summary>Who is next, and where that is a purchase the purchases right behind it. Nobody when nobody waits.</summary>
    private List<Entry> TakeGroup(long customerId)
    {
        var group = new List<Entry>();
        lock (_waiting)
        {
            var line = _waiting[customerId];
            while (line.First is { Value: var next } && (group.Count == 0 || MayJoin(group, next)))
            {
                line.RemoveFirst();
                group.Add(next);
            }

            if (group.Count == 0)
                _waiting.Remove(customerId);
        }

        return group;
    }

    /// <summary>The same key twice is the same purchase, sent again: it is asked about once the first is decided.</summary>
    private static bool MayJoin(List<Entry> group, Entry next) =>
        group[0].Request is not null && next.Request is { } request && group.Count < MostTogether
        && group.TrueForAll(entry => entry.Request!.PurchaseId != request.PurchaseId);

    /// <summary>False when it is no longer in line: it is being served, or was.</summary>
    private bool LeaveLine(long customerId, Entry entry)
    {
        lock (_waiting)
            return _waiting.TryGetValue(customerId, out var line) && line.Remove(entry);
    }

    /// <summary>A call, or a purchase.</summary>
    private sealed class Entry
    {
        public Func<Task>? Work { get; init; }

        public PurchaseRequest? Request { get; init; }

        public Func<IReadOnlyList<PurchaseRequest>, Task<IReadOnlyList<PurchaseReply>>>? Place { get; init; }

        public Action? Served { get; init; }

        public PurchaseReply? Reply { get; set; }

        public CallerContext Caller { get; } = new();

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
