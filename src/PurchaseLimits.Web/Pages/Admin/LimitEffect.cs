using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What a limit that nobody has saved yet would do. Amounts are US dollars.</summary>
public sealed record LimitEffect
{
    /// <summary>Refusals older than this say little about what the customer wants.</summary>
    public const int RefusalDays = 90;

    private const int MaxRefusalsShown = 10;

    public sealed record Refusal
    {
        public Guid PurchaseId { get; init; }
        public long PurchaseNumber { get; init; }
        public decimal Amount { get; init; }
        public DateTimeOffset OccurredAt { get; init; }
        public long RefusalCount { get; init; }
    }

    /// <summary>What the limit is set to become in the time of the one that nobody has saved yet, which counts before it.</summary>
    public sealed record Planned
    {
        public decimal LimitAfter { get; init; }
        public DateTimeOffset ValidFrom { get; init; }

        /// <summary>Null: for good.</summary>
        public DateTimeOffset? ValidTo { get; init; }
    }

    /// <summary>What it would take the place of: the limit at its beginning, as things are planned.</summary>
    public decimal LimitBefore { get; init; }

    /// <summary>The next one first.</summary>
    public IReadOnlyList<Planned> PlannedWithin { get; init; } = [];

    /// <summary>By how much the customer would be over it, as things are now; zero where it is not below what is bought and held.</summary>
    public decimal OverBy { get; init; }

    /// <summary>It begins in a later window, of which nobody knows yet what will be bought in it.</summary>
    public bool BeginsInLaterWindow { get; init; }

    /// <summary>How many refusals of the last 90 days it would have let pass.</summary>
    public long RefusalCount => Refusals.Count == 0 ? 0 : Refusals[0].RefusalCount;

    /// <summary>The newest of those, newest first.</summary>
    public IReadOnlyList<Refusal> Refusals { get; init; } = [];

    /// <param name="dataSources">Read as the admins' half.</param>
    /// <param name="customerId">Whose limit.</param>
    /// <param name="limit">As it is now.</param>
    /// <param name="limitAfter">As it would be.</param>
    /// <param name="from">From when; null: at once.</param>
    /// <param name="until">Until when; null: for good.</param>
    public static async Task<LimitEffect> ReadAsync(
        StoreDataSources dataSources, long customerId, LimitRow limit, decimal limitAfter, DateTimeOffset? from, DateTimeOffset? until)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        var refusals = (await connection.QueryAsync<Refusal>(
            $"""
            SELECT e.purchase_id, p.purchase_number, e.amount, e.occurred_at, count(*) OVER () AS refusal_count
            FROM store.customer_event e
            JOIN store.purchase p USING (customer_id, purchase_id)
            WHERE e.customer_id = @customerId
              AND e.kind = 'purchase_refused'
              AND e.reason = '' -- for nothing but a limit
              AND e.window_name = @WindowName
              AND e.occurred_at > statement_timestamp() - make_interval(days => {RefusalDays})
              AND CASE e.window_name
                      WHEN 'lifetime' THEN e.amount_after + e.held_after
                      ELSE e.window_used
                  END + e.amount <= @limitAfter
            ORDER BY e.sequence_number DESC
            LIMIT {MaxRefusalsShown}
            """,
            new { customerId, limit.WindowName, limitAfter })).AsList();
        using var plans = await connection.QueryMultipleAsync(
            """
            SELECT l.limit_amount
            FROM store.limits_in_force(@customerId, coalesce(@from::timestamptz, statement_timestamp())) l
            WHERE l.window_name = @WindowName;

            SELECT p.limit_after, p.valid_from, nullif(p.valid_to, 'infinity') AS valid_to
            FROM store.limit_period p
            WHERE p.customer_id = @customerId
              AND p.window_name = @WindowName
              AND p.valid_from > coalesce(@from::timestamptz, statement_timestamp())
              AND p.valid_from < coalesce(@until::timestamptz, 'infinity')
              AND p.valid_to > p.valid_from
            ORDER BY p.valid_from, p.sequence_number
            """,
            new { customerId, limit.WindowName, from, until });
        var before = await plans.ReadSingleAsync<decimal>();
        var planned = (await plans.ReadAsync<Planned>()).AsList();
        var later = from is not null && limit.ResetsAt is { } resetsAt && from >= resetsAt;
        return new LimitEffect
        {
            LimitBefore = before,
            PlannedWithin = planned,
            BeginsInLaterWindow = later,
            OverBy = later ? 0 : Math.Max(limit.Used - limitAfter, 0),
            Refusals = refusals,
        };
    }
}
