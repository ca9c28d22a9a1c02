namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>A customer who bought above the limit.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="By">US dollars.</param>
public readonly record struct Oversold(long CustomerId, decimal By);

/// <summary>A row that its events do not add up to: the contender is wrong, and nothing it did counts.</summary>
public sealed class WrongLedgerException(string message) : Exception(message);

/// <summary>What became of customers.</summary>
public static class Ledger
{
    /// <summary>Those of the customers who are above their limit.</summary>
    /// <exception cref="WrongLedgerException">A row is not what its events add up to.</exception>
    public static async Task<IReadOnlyList<Oversold>> LookAsync(IContender contender, ComparedDatabase database, long[] customers)
    {
        var accounts = await database.QueryAsync<(long CustomerId, decimal Amount, decimal? Folded, decimal Limit)>(contender.Accounts, new { customers });
        foreach (var (customerId, amount, folded, _) in accounts)
        {
            if (amount != (folded ?? 0))
                throw new WrongLedgerException($"{contender.Name}: customer {customerId}'s row says {amount:0.##}, the events add up to {folded:0.##}.");
        }

        return [.. accounts.Where(account => account.Amount > account.Limit).Select(account => new Oversold(account.CustomerId, account.Amount - account.Limit))];
    }
}
