namespace PurchaseLimits.Web;

/// <summary>
/// One money call at a time per customer in this process, in the order of arrival; who waits holds no pooled connection,
/// so one busy customer starves nobody else (facts 2 and 3). Correctness never depends on it: other processes have gates
/// of their own, and the row lock decides between them.
/// </summary>
/// <param name="maxWaiting">How many may wait per customer before the next is turned away.</param>
public sealed class CustomerGate(int maxWaiting)
{
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
        var entry = new Entry(work);
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

    /// <summary>
    /// Serves a customer until nobody waits. It takes one entry at a time. Deciding together what waits together means
    /// taking several here, and entries that carry their requests where they now carry their calls.
    /// </summary>
    private async Task ServeAsync(long customerId, Entry first)
    {
        for (var entry = first; entry is not null; entry = NextOrNull(customerId))
        {
            try
            {
                await entry.Caller.Run(entry.Work);
                entry.Ended.TrySetResult();
            }
            catch (Exception exception)
            {
                // Whoever waits for this entry gets the failure; the next in line is served all the same.
                entry.Ended.TrySetException(exception);
            }
        }
    }

    private Entry? NextOrNull(long customerId)
    {
        lock (_waiting)
        {
            var line = _waiting[customerId];
            if (line.First is { } next)
            {
                line.RemoveFirst();
                return next.Value;
            }

            _waiting.Remove(customerId);
            return null;
        }
    }

    /// <summary>False when it is no longer in line: it is being served, or was.</summary>
    private bool LeaveLine(long customerId, Entry entry)
    {
        lock (_waiting)
            return _waiting.TryGetValue(customerId, out var line) && line.Remove(entry);
    }

    private sealed class Entry(Func<Task> work)
    {
        public Func<Task> Work { get; } = work;

        public CallerContext Caller { get; } = new();

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
