namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// Whether the calls of several callers can be put into an order, one after the other, that agrees with real time (what had ended when
/// another began comes before it) and explains every answer. The search of Wing and Gong, with what Lowe added: no state is tried twice
/// after the same calls. A call in doubt may stand anywhere after its beginning, or nowhere.
/// </summary>
internal sealed class Linearizer
{
    private readonly Operation[] _operations;
    private readonly ulong _answered;
    private readonly HashSet<(ulong, string)> _tried = [];

    private Linearizer(IEnumerable<Operation> operations)
    {
        _operations = [.. operations.OrderBy(operation => operation.Began)];
        if (_operations.Length > 64)
            throw new ArgumentException("A history has at most 64 operations.", nameof(operations));
        for (var i = 0; i < _operations.Length; i++)
            _answered |= _operations[i].InDoubt ? 0 : 1UL << i;
    }

    public static bool Explains(IEnumerable<Operation> operations, AccountState start) => new Linearizer(operations).Search(0, start);

    private bool Search(ulong done, AccountState state)
    {
        if ((done & _answered) == _answered)
            return true;
        if (!_tried.Add((done, state.Key())))
            return false;

        // Whatever comes next began before the first of those that are left ended.
        var firstEnd = long.MaxValue;
        for (var i = 0; i < _operations.Length; i++)
        {
            if ((done & (1UL << i)) == 0)
                firstEnd = Math.Min(firstEnd, _operations[i].Ended);
        }

        for (var i = 0; i < _operations.Length && _operations[i].Began <= firstEnd; i++)
        {
            var operation = _operations[i];
            if ((done & (1UL << i)) == 0
                && (operation.InDoubt || operation.IsAnsweredBy(state))
                && Search(done | (1UL << i), operation.After(state)))
            {
                return true;
            }
        }

        return false;
    }
}
