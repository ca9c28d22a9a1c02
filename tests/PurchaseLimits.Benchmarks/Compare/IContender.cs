namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>How a purchase was answered.</summary>
public enum Answer
{
    Bought,

    /// <summary>Taken, to be decided later.</summary>
    Taken,

    Refused,

    /// <summary>Busy, or given up: nothing was bought, and nobody was told no.</summary>
    Unanswered,
}

/// <summary>What every contender is asked for: two lines of the fixed price list.</summary>
/// <param name="CustomerId">Who buys.</param>
/// <param name="PurchaseId">Made by the caller.</param>
public readonly record struct Order(long CustomerId, Guid PurchaseId);

/// <summary>
/// One way to sell: durable, each purchase recorded as an event, none above the customer's limit (or so it is meant). Its tables are
/// its own, filled from the store's, so that all begin with the same customers and the same number of events.
/// </summary>
public interface IContender : IAsyncDisposable
{
    string Name { get; }

    /// <summary>A sentence.</summary>
    string Does { get; }

    /// <summary>Makes and fills its tables, and gets ready what no purchase should have to pay for.</summary>
    Task PrepareAsync(IReadOnlyList<long> customers, Action<string> say);

    Task<Answer> BuyAsync(Order order);

    /// <summary>Tries that were made again, so far; null: nobody can see them.</summary>
    long? Retries { get; }

    /// <summary>Round trips so far that are no statement of Npgsql's, such as a COMMIT; null: round trips cannot be seen.</summary>
    long? OtherTrips { get; }

    /// <summary>Customers whose ledger is looked at: <c>customer_id, amount, folded, limit_amount</c> of those in <c>@customers</c>.</summary>
    string Accounts { get; }

    /// <summary>The customers who can buy, of those; all but where each must be made ready.</summary>
    IReadOnlyList<long> Buyers(IReadOnlyList<long> customers) => customers;

    /// <summary>Before each of its turns.</summary>
    Task BeginAsync() => Task.CompletedTask;

    /// <summary>After each of its turns: what was taken is decided. Returns how many were, and it is measured until then.</summary>
    Task<long?> SettleAsync() => Task.FromResult<long?>(null);

    /// <summary>Processor time of processes of its own.</summary>
    TimeSpan OwnProcessor => TimeSpan.Zero;
}
