using System.Data;
using Dapper;

namespace PurchaseLimits.Web.Pages;

/// <summary>
/// One purchase as it is now, or what was asked for and is not decided yet, with all that happened to it. Amounts are US
/// dollars.
/// </summary>
public sealed record PurchaseReading
{
    public Guid PurchaseId { get; init; }

    /// <summary>The order number, for people.</summary>
    public long PurchaseNumber { get; init; }

    /// <summary>A key of <see cref="PurchaseStatus.Names"/>.</summary>
    public required string Status { get; init; }

    /// <summary>A worker has yet to decide it; there is no event of it.</summary>
    public bool IsUndecided { get; init; }

    /// <summary>What it costs, with the "at most" for what has no price yet.</summary>
    public decimal Total { get; init; }

    public DateTimeOffset PricedAt { get; init; }
    public DateTimeOffset PlacedAt { get; init; }
    public decimal Held { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public decimal Refunded { get; init; }

    /// <summary>The moment all of this is of.</summary>
    public DateTimeOffset ReadAt { get; init; }

    /// <summary>The customer's limits then.</summary>
    public Allowance Allowance { get; private init; } = null!;

    /// <summary>
    /// When what was not bought would fit if nothing else is bought: windows have reset by then, and limits have begun and ended
    /// as they are planned now. Null where nothing that is planned helps.
    /// </summary>
    public DateTimeOffset? FitsFrom { get; private init; }

    /// <summary>The limits that the customer has asked to have raised, and nobody has answered: <see cref="LimitWindow"/>s as the database has them.</summary>
    public IReadOnlyList<string> AskedForMore { get; private init; } = [];

    /// <summary>By name.</summary>
    public IReadOnlyList<PurchaseLine> Lines { get; private init; } = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<LedgerEvent> Events { get; private init; } = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Refund> Refunds { get; private init; } = [];

    public sealed record Refund
    {
        public decimal Amount { get; init; }

        /// <summary>What of it may be bought for again.</summary>
        public decimal Restored { get; init; }

        public string Reason { get; init; } = "";
        public DateTimeOffset OccurredAt { get; init; }

        /// <summary>2 of Mug, 1 of Kettle; null where an amount was refunded.</summary>
        public string? Items { get; init; }
    }

    /// <summary>Null while it is not decided yet.</summary>
    public LedgerEvent? Last => Events.Count > 0 ? Events[^1] : null;

    /// <summary>It will become something else by itself.</summary>
    public bool IsWaiting => Status is "processing" or "awaiting_approval";

    /// <summary>Its time is up; that will be written down in a moment, and nothing is held for it any more.</summary>
    public bool IsPastDeadline => ExpiresAt <= ReadAt;

    /// <summary>Refused, and for nothing but the limit.</summary>
    public bool IsOverLimit => Last is { IsOverLimit: true };

    public bool HasMissingPrice => Lines.Any(line => line.UnitPrice is null);

    /// <summary>Null for what does not exist and for what is somebody else's: nobody learns which of the two it is.</summary>
    public static async Task<PurchaseReading?> ReadOrNullAsync(StoreDataSources dataSources, long customerId, Guid purchaseId)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        // All of it as of one moment: a status with the events of another would be a riddle.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        using var results = await connection.QueryMultipleAsync(
            $"{SelectPurchase};{PurchaseLine.Select};{LedgerEvent.SelectOfPurchase};{SelectRefunds};{Allowance.Select};{SelectFitsFrom};{SelectAskedForMore}",
            new { customerId, purchaseId });
        var reading = await results.ReadSingleOrDefaultAsync<PurchaseReading>();
        return reading is null ? null : reading with
        {
            Lines = [.. await results.ReadAsync<PurchaseLine>()],
            Events = [.. await results.ReadAsync<LedgerEvent>()],
            Refunds = [.. await results.ReadAsync<Refund>()],
            Allowance = new Allowance((await results.ReadAsync<AllowanceReading>()).AsList()),
            FitsFrom = await results.ReadSingleOrDefaultAsync<DateTimeOffset?>(),
            AskedForMore = (await results.ReadAsync<string>()).AsList(),
        };
    }

    private const string SelectPurchase =
        """
        SELECT w.*, statement_timestamp() AS read_at
        FROM (
            SELECT p.purchase_id, p.purchase_number, p.status, false AS is_undecided, p.total, p.priced_at, p.placed_at,
                   p.held, p.expires_at, p.refunded
            FROM store.purchase p
            WHERE p.customer_id = @customerId
              AND p.purchase_id = @purchaseId
            UNION ALL
            SELECT r.purchase_id, r.purchase_number, 'processing', true, r.shown_total, r.priced_at, r.requested_at, 0, NULL, 0
            FROM store.purchase_request r
            WHERE r.customer_id = @customerId
              AND r.purchase_id = @purchaseId
        ) w
        ORDER BY w.is_undecided
        LIMIT 1
        """;

    private const string SelectFitsFrom =
        """
        SELECT m.moment
        FROM store.purchase p
        JOIN store.customer_allowance a USING (customer_id)
        CROSS JOIN LATERAL (
            SELECT l.resets_at AS moment
            FROM store.customer_window_allowance l
            WHERE l.customer_id = p.customer_id
            UNION
            SELECT unnest(ARRAY[c.valid_from, c.valid_to])
            FROM store.limit_period c
            WHERE c.customer_id = p.customer_id
        ) m
        WHERE p.customer_id = @customerId
          AND p.purchase_id = @purchaseId
          AND p.status IN ('refused', 'expired')
          AND m.moment > statement_timestamp()
          AND m.moment < 'infinity'
          AND NOT EXISTS (
              SELECT
              FROM store.limits_in_force(p.customer_id, m.moment) l
              JOIN store.store_setting s ON s.store_setting_id = 1
              CROSS JOIN LATERAL store.window_at(nullif(l.window_name, 'lifetime'), m.moment, s.time_zone, s.week_starts_on) w
              -- The counter's own bounds: the store's zone may have been another when it was opened.
              LEFT JOIN store.customer_window_amount o
                  ON o.customer_id = p.customer_id
                  AND o.window_name = l.window_name
                  AND o.starts_at <= m.moment
                  AND o.ends_at > m.moment
              WHERE l.limit_amount < store.no_limit()
                AND l.limit_amount < p.total + CASE l.window_name
                    WHEN 'lifetime' THEN a.amount + a.held -- what is held now may have been bought by then
                    ELSE (
                        SELECT coalesce(sum(c.total - c.restored) FILTER (WHERE c.status IN ('confirmed', 'partly_refunded', 'refunded')), 0)
                               + coalesce(sum(c.held) FILTER (WHERE c.expires_at > statement_timestamp()), 0)
                        FROM store.purchase c
                        WHERE c.customer_id = p.customer_id
                          AND c.counted_at >= coalesce(o.starts_at, w.starts_at)
                    )
                END
          )
        ORDER BY m.moment
        LIMIT 1
        """;

    private const string SelectAskedForMore =
        """
        SELECT r.window_name
        FROM store.limit_request r
        WHERE r.customer_id = @customerId
          AND r.status = 'pending'
          AND r.requested_by = 'customer ' || r.customer_id
        """;

    private const string SelectRefunds =
        """
        SELECT r.amount, e.restored, e.reason, e.occurred_at,
               (SELECT string_agg(format('%s of %s', l.quantity, p.name), ', ' ORDER BY p.name)
                FROM store.refund_line l
                JOIN store.product p USING (product_id)
                WHERE l.customer_id = r.customer_id
                  AND l.refund_id = r.refund_id) AS items
        FROM store.refund r
        JOIN store.customer_event e USING (customer_id, sequence_number)
        WHERE r.customer_id = @customerId
          AND r.purchase_id = @purchaseId
        ORDER BY r.sequence_number
        """;
}
