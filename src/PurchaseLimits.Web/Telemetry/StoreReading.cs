using Dapper;
using Npgsql;

namespace PurchaseLimits.Web.Telemetry;

/// <summary>What the database alone knows, at one look: what waits, how old things are, whether the books are in order.</summary>
internal sealed record StoreReading
{
    /// <param name="State">
    /// <c>requested</c>: taken while the store defers confirmation. <c>processing</c>: a price is missing. <c>awaiting_approval</c>:
    /// an admin decides.
    /// </param>
    /// <param name="Count">How many; of very many ten thousand.</param>
    public sealed record Waiting(string State, long Count);

    private const string WaitingSql =
        """
        SELECT s.state, count(w.status)
        FROM (VALUES ('requested'), ('processing'), ('awaiting_approval')) AS s (state)
        LEFT JOIN (
            (SELECT 'requested' AS status FROM store.purchase_request LIMIT 10000)
            UNION ALL
            (SELECT p.status FROM store.purchase p WHERE p.expires_at IS NOT NULL LIMIT 10000)
        ) w ON w.status = s.state
        GROUP BY s.state
        """;

    public required IReadOnlyList<RuleReading> Rules { get; init; }
    public required long Frozen { get; init; }
    public required OutboxReading Outbox { get; init; }
    public required OverdueReading Overdue { get; init; }
    public required IReadOnlyList<ReportReading> Reports { get; init; }
    public required IReadOnlyList<Waiting> Purchases { get; init; }

    /// <summary>One round trip; the statements are those of <c>/health/ledger</c>. Each reads a few rows, no ledger.</summary>
    public static async Task<StoreReading> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(
            string.Join(';', RuleReading.Sql, FrozenCustomersCheck.Sql, OutboxReading.Sql, OverdueReading.Sql, ReportReading.Sql, WaitingSql),
            cancellationToken: cancellationToken));
        return new StoreReading
        {
            Rules = (await results.ReadAsync<RuleReading>()).AsList(),
            Frozen = await results.ReadSingleAsync<long>(),
            Outbox = await results.ReadSingleAsync<OutboxReading>(),
            Overdue = await results.ReadSingleAsync<OverdueReading>(),
            Reports = (await results.ReadAsync<ReportReading>()).AsList(),
            Purchases = (await results.ReadAsync<Waiting>()).AsList(),
        };
    }
}
