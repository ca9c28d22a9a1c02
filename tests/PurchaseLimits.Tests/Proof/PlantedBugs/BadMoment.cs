using PurchaseLimits.Tests.Support;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>What happens to a call that buys something.</summary>
internal enum Mishap
{
    /// <summary>The wire is cut before the row arrives.</summary>
    RowLost,

    /// <summary>After it, before the call is said to be complete.</summary>
    EndLost,

    /// <summary>Before what a caller sends next, COMMIT perhaps, reaches the server.</summary>
    NextRequestLost,

    /// <summary>The browser goes away when the server has answered, and the answer is slow.</summary>
    BrowserGone,

    /// <summary>COMMIT fails, once.</summary>
    CommitFails,

    None,
}

/// <summary>Has one mishap happen to one call on a <see cref="MessageWire"/>.</summary>
internal sealed class BadMoment(Mishap mishap) : IDisposable
{
    // As long as a caller has to notice that nobody waits for it any more.
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _browser = new();
    private readonly ManualResetEventSlim _answered = new();
    private volatile bool _sawRow;
    private int _happened;

    public CancellationToken Browser => _browser.Token;

    /// <summary>The caller has told its customer.</summary>
    public void Answered() => _answered.Set();

    /// <summary>As <see cref="MessageWire.At"/> asks.</summary>
    public AtMessage At(WireMessage message)
    {
        var isRow = message is { FromServer: true, IsSignedIn: true, Type: 'D' };
        var isNow = mishap switch
        {
            Mishap.RowLost or Mishap.BrowserGone => isRow,
            Mishap.EndLost => _sawRow && message is { FromServer: true, Type: 'C' },
            Mishap.NextRequestLost => _sawRow && !message.FromServer,
            _ => false,
        };
        _sawRow |= isRow;
        if (!isNow || Interlocked.Exchange(ref _happened, 1) != 0)
            return AtMessage.Pass;
        if (mishap != Mishap.BrowserGone)
            return AtMessage.CutBefore;
        _ = _browser.CancelAsync();
        _answered.Wait(s_slow);
        return AtMessage.Pass;
    }

    public void Dispose()
    {
        _browser.Dispose();
        _answered.Dispose();
    }
}
