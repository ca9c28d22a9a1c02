using Npgsql;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>The least that can be done: one statement, one round trip. It knows no products, no key and no refusal.</summary>
internal sealed class Floor(ComparedDatabase database) : IContender
{
    private readonly NpgsqlDataSource _source = database.Source("floor");

    public string Name => "floor";

    public string Does => "One conditional UPDATE and one INSERT of the event, in one statement: the least that keeps a limit. Refusals are not recorded.";

    public long? Retries => 0;

    public long? OtherTrips => 0;

    public string Accounts =>
        """
        SELECT c.customer_id, c.amount, (SELECT sum(e.amount) FROM floor.customer_event e WHERE e.customer_id = c.customer_id) AS folded, c.limit_amount
        FROM floor.customer c
        WHERE c.customer_id = ANY (@customers)
        """;

    public Task PrepareAsync(IReadOnlyList<long> customers, Action<string> say) => database.ExecuteAsync(
        """
        CREATE SCHEMA floor;
        CREATE TABLE floor.customer (
            customer_id bigint PRIMARY KEY,
            amount numeric NOT NULL,
            limit_amount numeric NOT NULL,
            last_sequence_number bigint NOT NULL
        );
        CREATE TABLE floor.customer_event (
            customer_id bigint NOT NULL,
            sequence_number bigint NOT NULL,
            purchase_id uuid,
            amount numeric NOT NULL,
            occurred_at timestamptz NOT NULL
        );
        INSERT INTO floor.customer SELECT customer_id, amount, limit_amount, last_sequence_number FROM store.customer_purchased_amount;
        INSERT INTO floor.customer_event SELECT customer_id, sequence_number, purchase_id, amount_after - amount_before, occurred_at FROM store.customer_event;
        ALTER TABLE floor.customer_event ADD PRIMARY KEY (customer_id, sequence_number);
        """);

    public async Task<Answer> BuyAsync(Order order)
    {
        await using var command = _source.CreateCommand(
            """
            WITH bought AS (
                UPDATE floor.customer
                SET amount = amount + $2,
                    last_sequence_number = last_sequence_number + 1
                WHERE customer_id = $1
                  AND amount + $2 <= limit_amount
                RETURNING last_sequence_number
            )
            INSERT INTO floor.customer_event (customer_id, sequence_number, purchase_id, amount, occurred_at)
            SELECT $1, last_sequence_number, $3, $2, clock_timestamp()
            FROM bought
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = order.CustomerId });
        command.Parameters.Add(new NpgsqlParameter<decimal> { TypedValue = FixedPrices.Total });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = order.PurchaseId });
        return await command.ExecuteNonQueryAsync() == 1 ? Answer.Bought : Answer.Refused;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
