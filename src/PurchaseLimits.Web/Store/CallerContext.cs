namespace PurchaseLimits.Web;

/// <summary>
/// What belongs to the request that made this: its trace, its log scopes. One request's thread runs what others wait for too, and
/// without this all of it would count as that one's.
/// </summary>
internal sealed class CallerContext
{
    private readonly ExecutionContext? _context = ExecutionContext.Capture();

    public TTask Run<TTask>(Func<TTask> work)
        where TTask : Task
    {
        if (_context is null)
            return work();
        TTask? running = null;
        ExecutionContext.Run(_context, _ => running = work(), null);
        return running!;
    }
}
