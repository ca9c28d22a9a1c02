using System.Data;
using Dapper;
using Npgsql;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>
/// The same decisions, sent one by one: begin, lock, read, insert, update, commit, and again when it was rolled back. In READ COMMITTED, which is enough
/// where the lock comes first: SERIALIZABLE would roll back whoever waited for it.
/// </summary>
internal sealed class Statements(ComparedDatabase database) : IContender
{
    private readonly NpgsqlDataSource _source = database.Source("statements");
    private long _retries;
    private long _commits;

    public string Name => "statements";

    public string Does =>
        "Dapper: READ COMMITTED, SELECT FOR UPDATE, prices, event, purchase, lines, UPDATE, COMMIT as statements of their own; again after a deadlock, with jitter.";

    public long? Retries => Interlocked.Read(ref _retries);

    public long? OtherTrips => Interlocked.Read(ref _commits);

    public string Accounts => HandWrittenTables.Accounts("statements");

    public Task PrepareAsync(IReadOnlyList<long> customers, Action<string> say) => database.ExecuteAsync(HandWrittenTables.Create("statements"));

    public async Task<Answer> BuyAsync(Order order)
    {
        for (var failed = 0; failed < Patience.MaxTries;)
        {
            try
            {
                return await TryAsync(order);
            }
            catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.DeadlockDetected)
            {
                Interlocked.Increment(ref _retries);
                await Patience.WaitAsync(++failed);
            }
        }

        return Answer.Unanswered;
    }

    private async Task<Answer> TryAsync(Order order)
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var (amount, limit, sequenceNumber) = await connection.QuerySingleAsync<(decimal, decimal, long)>(
            "SELECT amount, limit_amount, last_sequence_number FROM statements.customer WHERE customer_id = @CustomerId FOR UPDATE", new { order.CustomerId });
        var prices = (await connection.QueryAsync<decimal>(
            "SELECT price FROM statements.product WHERE product_id = ANY (@Products) ORDER BY product_id", new { FixedPrices.Products })).AsList();
        var total = prices.Sum();
        var isBought = amount + total <= limit;
        sequenceNumber++;
        var after = isBought ? amount + total : amount;
        await connection.ExecuteAsync(
            """
            INSERT INTO statements.customer_event (customer_id, sequence_number, kind, purchase_id, amount, amount_after, occurred_at)
            VALUES (@CustomerId, @sequenceNumber, @kind, @PurchaseId, @change, @after, clock_timestamp())
            """,
            new { order.CustomerId, sequenceNumber, kind = isBought ? "bought" : "refused", order.PurchaseId, change = after - amount, after });
        if (isBought)
        {
            await connection.ExecuteAsync(
                "INSERT INTO statements.purchase (customer_id, purchase_id, total, placed_at) VALUES (@CustomerId, @PurchaseId, @total, clock_timestamp())",
                new { order.CustomerId, order.PurchaseId, total });
            await connection.ExecuteAsync(
                """
                INSERT INTO statements.purchase_line (customer_id, purchase_id, product_id, quantity, unit_price)
                VALUES (@CustomerId, @PurchaseId, @FirstProduct, 1, @first), (@CustomerId, @PurchaseId, @SecondProduct, 1, @second)
                """,
                new { order.CustomerId, order.PurchaseId, FixedPrices.FirstProduct, FixedPrices.SecondProduct, first = prices[0], second = prices[1] });
        }

        await connection.ExecuteAsync(
            "UPDATE statements.customer SET amount = @after, last_sequence_number = @sequenceNumber WHERE customer_id = @CustomerId",
            new { order.CustomerId, after, sequenceNumber });
        Interlocked.Increment(ref _commits);
        await transaction.CommitAsync();
        return isBought ? Answer.Bought : Answer.Refused;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
