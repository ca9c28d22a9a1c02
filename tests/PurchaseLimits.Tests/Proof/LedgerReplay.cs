using Dapper;
using NodaTime;
using Npgsql;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// The whole history of a database, decided once more by a model that shares nothing with its SQL: every event of every customer in
/// the order of its numbers. What the model would have answered is kept, to be compared with what callers were told.
/// </summary>
internal sealed class LedgerReplay
{
    private readonly Dictionary<Guid, Receipt> _receipts = [];
    private readonly List<string> _differences = [];

    /// <param name="Status">confirmed, processing, refused or cancelled.</param>
    /// <param name="Total">US dollars.</param>
    /// <param name="LeftAmount">US dollars that could be bought for after it.</param>
    /// <param name="OverBy">US dollars by which it passed the limit that refused it.</param>
    /// <param name="SequenceNumber">Of its first event.</param>
    internal sealed record Receipt(string Status, decimal Total, decimal LeftAmount, decimal OverBy, long SequenceNumber);

    /// <summary>A row of <c>store.customer_event</c>.</summary>
    internal sealed record Event
    {
        public long CustomerId { get; init; }
        public long SequenceNumber { get; init; }
        public string Kind { get; init; } = "";
        public Guid? PurchaseId { get; init; }
        public decimal Amount { get; init; }
        public decimal AmountBefore { get; init; }
        public decimal AmountAfter { get; init; }
        public decimal HeldBefore { get; init; }
        public decimal HeldAfter { get; init; }
        public decimal LimitAtTime { get; init; }
        public decimal Hold { get; init; }
        public decimal Restored { get; init; }
        public DateTime? ExpiresAt { get; init; }
        public string Reason { get; init; } = "";
        public DateTime OccurredAt { get; init; }
        public string WindowName { get; init; } = "";
        public decimal WindowLimit { get; init; }
        public DateTime? ResetsAt { get; init; }
        public DateTime? EffectiveAt { get; init; }
    }

    /// <summary>A row of <c>store.purchase</c>, with what its lines come to.</summary>
    internal sealed record Purchase
    {
        public long CustomerId { get; init; }
        public Guid PurchaseId { get; init; }
        public string Status { get; init; } = "";
        public decimal Total { get; init; }
        public decimal Held { get; init; }
        public decimal Refunded { get; init; }
        public decimal Restored { get; init; }
        public decimal? LineTotal { get; init; }
    }

    internal sealed record Change(long CustomerId, long SequenceNumber, Guid LimitChangeId, string WindowName, decimal LimitBefore, decimal LimitAfter, DateTime ValidFrom, DateTime ValidTo);

    internal sealed record End(long CustomerId, long SequenceNumber, Guid LimitChangeId, DateTime EndedAt);

    internal sealed record Refund(long CustomerId, long SequenceNumber, Guid PurchaseId, decimal Amount);

    internal sealed record Account(long CustomerId, decimal Amount, decimal Held, decimal LimitAmount, long LastSequenceNumber);

    /// <summary>All that there is, as it is stored. A test may change it, to see that the replay notices.</summary>
    internal sealed record History
    {
        public required string TimeZone { get; init; }
        public required long WeekStartsOn { get; init; }
        public required List<Event> Events { get; init; }
        public required List<Purchase> Purchases { get; init; }
        public required List<Change> Changes { get; init; }
        public required List<End> Ends { get; init; }
        public required List<Refund> Refunds { get; init; }
        public required List<Account> Accounts { get; init; }
    }

    /// <summary>Where the model and the database say different things; empty, or something was decided wrongly.</summary>
    public IReadOnlyList<string> Differences => _differences;

    public IReadOnlyDictionary<Guid, Receipt> Receipts => _receipts;

    public int EventCount { get; private set; }

    public static async Task<LedgerReplay> ReadAsync(NpgsqlConnection connection) => Of(await HistoryAsync(connection));

    public static LedgerReplay Of(History history)
    {
        var replay = new LedgerReplay { EventCount = history.Events.Count };
        var purchases = history.Purchases.ToLookup(purchase => purchase.CustomerId);
        var changes = history.Changes.ToDictionary(change => (change.CustomerId, change.SequenceNumber));
        var ends = history.Ends.ToDictionary(end => (end.CustomerId, end.SequenceNumber));
        var refunds = history.Refunds.ToDictionary(refund => (refund.CustomerId, refund.SequenceNumber));
        var events = history.Events.ToLookup(row => row.CustomerId);
        foreach (var account in history.Accounts)
        {
            var customer = new CustomerReplay(
                DateTimeZoneProviders.Tzdb[history.TimeZone], (IsoDayOfWeek)history.WeekStartsOn, replay._receipts,
                problem => replay._differences.Add($"customer {account.CustomerId}, {problem}"));
            foreach (var row in events[account.CustomerId].OrderBy(row => row.SequenceNumber))
            {
                var number = (row.CustomerId, row.SequenceNumber);
                customer.Apply(row, changes.GetValueOrDefault(number), ends.GetValueOrDefault(number), refunds.GetValueOrDefault(number));
            }

            customer.Compare(account, purchases[account.CustomerId]);
        }

        return replay;
    }

    public static async Task<History> HistoryAsync(NpgsqlConnection connection)
    {
        // All as of one moment.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        var (timeZone, weekStartsOn) = await connection.QuerySingleAsync<(string, long)>("SELECT time_zone, week_starts_on FROM store.store_setting");
        var history = new History
        {
            TimeZone = timeZone,
            WeekStartsOn = weekStartsOn,
            Events = [.. await connection.QueryAsync<Event>(
                """
                SELECT customer_id, sequence_number, kind, purchase_id, amount, amount_before, amount_after, held_before, held_after,
                       limit_at_time, hold, restored, expires_at, reason, occurred_at, window_name, window_limit, resets_at, effective_at
                FROM store.customer_event
                """)],
            Purchases = [.. await connection.QueryAsync<Purchase>(
                """
                SELECT p.customer_id, p.purchase_id, p.status, p.total, p.held, p.refunded, p.restored,
                       (SELECT sum(coalesce(l.quantity, r.quantity) * coalesce(l.unit_price, r.at_most))
                        FROM (SELECT * FROM store.purchase_line b WHERE (b.customer_id, b.purchase_id) = (p.customer_id, p.purchase_id)) l
                        FULL JOIN (SELECT * FROM store.purchase_line_on_request q WHERE (q.customer_id, q.purchase_id) = (p.customer_id, p.purchase_id)) r
                            USING (product_id)) AS line_total
                FROM store.purchase p
                """)],
            Changes = [.. await connection.QueryAsync<Change>(
                "SELECT customer_id, sequence_number, limit_change_id, window_name, limit_before, limit_after, valid_from, valid_to FROM store.limit_change")],
            Ends = [.. await connection.QueryAsync<End>("SELECT customer_id, sequence_number, limit_change_id, ended_at FROM store.limit_change_end")],
            Refunds = [.. await connection.QueryAsync<Refund>("SELECT customer_id, sequence_number, purchase_id, amount FROM store.refund")],
            Accounts = [.. await connection.QueryAsync<Account>("SELECT customer_id, amount, held, limit_amount, last_sequence_number FROM store.customer_purchased_amount")],
        };
        await transaction.CommitAsync();
        return history;
    }
}
