namespace PurchaseLimits.Web;

/// <summary>
/// Tells a worker of this process that there is something to do, so that it need not wait for its next look. Only ever a
/// hint: what is to be done is in the database, and a worker that heard nothing looks there all the same.
/// </summary>
public sealed class WorkSignal : IDisposable
{
    private readonly SemaphoreSlim _due = new(0);

    /// <summary>Wakes one waiting worker, or the next that waits. Many calls before that are one.</summary>
    public void Notify()
    {
        if (_due.CurrentCount == 0)
            _due.Release();
    }

    /// <summary>Returns when there is something to do, or when it is time to look anyway.</summary>
    public Task WaitAsync(TimeSpan timeout, CancellationToken stop) => _due.WaitAsync(timeout, stop);

    public void Dispose() => _due.Dispose();
}

/// <summary>One signal for each kind of work.</summary>
public sealed class WorkSignals : IDisposable
{
    public WorkSignal Mails { get; } = new();

    /// <summary>A purchase waits for a worker, or a price came that one may have waited for.</summary>
    public WorkSignal Purchases { get; } = new();

    public void Dispose()
    {
        Mails.Dispose();
        Purchases.Dispose();
    }
}
