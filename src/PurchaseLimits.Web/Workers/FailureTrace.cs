namespace PurchaseLimits.Web;

/// <summary>
/// Of failures of one kind in a row only the first is logged with its trace of calls: an hour without a database is not to be a
/// gigabyte of logs.
/// </summary>
internal sealed class FailureTrace
{
    private Type? _last;

    /// <returns>What to log; null when the one before it was of the same kind.</returns>
    public Exception? OrNull(Exception exception)
    {
        var trace = exception.GetType() == _last ? null : exception;
        _last = exception.GetType();
        return trace;
    }

    /// <summary>It went well.</summary>
    public void Over() => _last = null;
}
