using Dapper;
using Npgsql;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>No lock at all: the number of the next event decides who was first, and all others look again.</summary>
internal sealed class Optimistic(ComparedDatabase database) : IContender
{
    private readonly NpgsqlDataSource _source = database.Source("optimistic");
    private long _retries;

    public string Name => "optimistic";

    public string Does =>
        "Reads the customer's last event, decides, inserts the next one; the unique (customer, sequence number) lets one of them through, the others try again.";

    public long? Retries => Interlocked.Read(ref _retries);

    public long? OtherTrips => 0;

    public string Accounts =>
        """
        SELECT c.customer_id,
               (SELECT e.amount_after FROM optimistic.customer_event e WHERE e.customer_id = c.customer_id ORDER BY e.sequence_number DESC LIMIT 1) AS amount,
               (SELECT sum(e.amount) FROM optimistic.customer_event e WHERE e.customer_id = c.customer_id) AS folded,
               c.limit_amount
        FROM optimistic.customer c
        WHERE c.customer_id = ANY (@customers)
        """;

    public Task PrepareAsync(IReadOnlyList<long> customers, Action<string> say) => database.ExecuteAsync(
        """
        CREATE SCHEMA optimistic;
        CREATE TABLE optimistic.customer (
            customer_id bigint PRIMARY KEY,
            limit_amount numeric NOT NULL
        );
        CREATE TABLE optimistic.customer_event (
            customer_id bigint NOT NULL,
            sequence_number bigint NOT NULL,
            purchase_id uuid,
            amount numeric NOT NULL,
            amount_after numeric NOT NULL,
            occurred_at timestamptz NOT NULL
        );
        INSERT INTO optimistic.customer SELECT customer_id, limit_amount FROM store.customer_purchased_amount;
        INSERT INTO optimistic.customer_event
        SELECT customer_id, sequence_number, purchase_id, amount_after - amount_before, amount_after, occurred_at FROM store.customer_event;
        ALTER TABLE optimistic.customer_event ADD PRIMARY KEY (customer_id, sequence_number);
        """);

    public async Task<Answer> BuyAsync(Order order)
    {
        await using var connection = await _source.OpenConnectionAsync();
        for (var failed = 0; failed < Patience.MaxTries;)
        {
            var (limit, amount, sequenceNumber) = await connection.QuerySingleAsync<(decimal, decimal, long)>(
                """
                SELECT c.limit_amount, e.amount_after, e.sequence_number
                FROM optimistic.customer c
                CROSS JOIN LATERAL (
                    SELECT n.amount_after, n.sequence_number
                    FROM optimistic.customer_event n
                    WHERE n.customer_id = c.customer_id
                    ORDER BY n.sequence_number DESC
                    LIMIT 1
                ) e
                WHERE c.customer_id = @CustomerId
                """, new { order.CustomerId });
            var change = amount + FixedPrices.Total <= limit ? FixedPrices.Total : 0;
            try
            {
                await connection.ExecuteAsync(
                    """
                    INSERT INTO optimistic.customer_event (customer_id, sequence_number, purchase_id, amount, amount_after, occurred_at)
                    VALUES (@CustomerId, @next, @PurchaseId, @change, @after, clock_timestamp())
                    """,
                    new { order.CustomerId, next = sequenceNumber + 1, order.PurchaseId, change, after = amount + change });
                return change > 0 ? Answer.Bought : Answer.Refused;
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                Interlocked.Increment(ref _retries);
                await Patience.WaitAsync(++failed);
            }
        }

        return Answer.Unanswered;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
