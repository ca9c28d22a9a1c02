using Dapper;
using Npgsql;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>
/// The mistake that this store is about: each purchase is checked against an amount that is brought up to date a little later. It is
/// fast, and it sells above the limit.
/// </summary>
internal sealed class Eventual(ComparedDatabase database) : IContender
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly NpgsqlDataSource _source = database.Source("eventual");
    private CancellationTokenSource? _stop;
    private Task _updating = Task.CompletedTask;

    public string Name => "eventual";

    public string Does => "Checks against a read model that a background task brings up to date every 50 ms, then inserts the event. Sells above the limit.";

    public long? Retries => 0;

    public long? OtherTrips => 0;

    public string Accounts =>
        """
        SELECT c.customer_id, m.amount, (SELECT sum(e.amount) FROM eventual.customer_event e WHERE e.customer_id = c.customer_id) AS folded, c.limit_amount
        FROM eventual.customer c
        JOIN eventual.customer_purchased_amount m USING (customer_id)
        WHERE c.customer_id = ANY (@customers)
        """;

    public Task PrepareAsync(IReadOnlyList<long> customers, Action<string> say) => database.ExecuteAsync(
        """
        CREATE SCHEMA eventual;
        CREATE TABLE eventual.customer (
            customer_id bigint PRIMARY KEY,
            limit_amount numeric NOT NULL
        );
        CREATE TABLE eventual.customer_purchased_amount (
            customer_id bigint PRIMARY KEY,
            amount numeric NOT NULL
        );
        CREATE TABLE eventual.customer_event (
            customer_id bigint NOT NULL,
            event_number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
            purchase_id uuid,
            amount numeric NOT NULL,
            occurred_at timestamptz NOT NULL
        );
        CREATE TABLE eventual.event_to_count (
            customer_id bigint NOT NULL,
            amount numeric NOT NULL
        );
        INSERT INTO eventual.customer SELECT customer_id, limit_amount FROM store.customer_purchased_amount;
        INSERT INTO eventual.customer_purchased_amount SELECT customer_id, amount FROM store.customer_purchased_amount;
        INSERT INTO eventual.customer_event (customer_id, purchase_id, amount, occurred_at)
        SELECT customer_id, purchase_id, amount_after - amount_before, occurred_at FROM store.customer_event;
        ALTER TABLE eventual.customer_event ADD PRIMARY KEY (customer_id, event_number);
        """);

    public Task BeginAsync()
    {
        var stop = _stop = new CancellationTokenSource();
        _updating = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await CountAsync();
                await Task.Delay(s_pause, CancellationToken.None);
            }
        });
        return Task.CompletedTask;
    }

    public async Task<long?> SettleAsync()
    {
        await _stop!.CancelAsync();
        _stop.Dispose();
        await _updating;
        await CountAsync();
        return null;
    }

    public async Task<Answer> BuyAsync(Order order)
    {
        await using var connection = await _source.OpenConnectionAsync();
        var fits = await connection.ExecuteScalarAsync<bool>(
            """
            SELECT m.amount + @Total <= c.limit_amount
            FROM eventual.customer c
            JOIN eventual.customer_purchased_amount m USING (customer_id)
            WHERE c.customer_id = @CustomerId
            """, new { order.CustomerId, FixedPrices.Total });
        if (!fits)
            return Answer.Refused;
        await connection.ExecuteAsync(
            """
            WITH event AS (
                INSERT INTO eventual.customer_event (customer_id, purchase_id, amount, occurred_at)
                VALUES (@CustomerId, @PurchaseId, @Total, clock_timestamp())
                RETURNING customer_id, amount
            )
            INSERT INTO eventual.event_to_count SELECT customer_id, amount FROM event
            """, new { order.CustomerId, order.PurchaseId, FixedPrices.Total });
        return Answer.Bought;
    }

    private async Task CountAsync()
    {
        await using var connection = await _source.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            WITH new AS (
                DELETE FROM eventual.event_to_count RETURNING customer_id, amount
            )
            UPDATE eventual.customer_purchased_amount m
            SET amount = m.amount + n.amount
            FROM (SELECT customer_id, sum(amount) AS amount FROM new GROUP BY customer_id) n
            WHERE m.customer_id = n.customer_id
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await _updating;
        await _source.DisposeAsync();
    }
}
