using Dapper;

namespace PurchaseLimits.Web.Mails;

/// <summary>An event of a customer's ledger, as far as a mail tells of it. Amounts are US dollars.</summary>
public sealed record MailEvent
{
    public required string Kind { get; init; }

    /// <summary>The purchase's event before this one; null for its first.</summary>
    public required string? PreviousKind { get; init; }

    public required Guid? PurchaseId { get; init; }

    /// <summary>The order number for people.</summary>
    public required long? PurchaseNumber { get; init; }

    /// <summary>A purchase's total, or the refund.</summary>
    public required decimal Amount { get; init; }

    public required decimal AmountBefore { get; init; }
    public required decimal AmountAfter { get; init; }
    public required decimal HeldAfter { get; init; }

    /// <summary>What it holds, or what of that it releases.</summary>
    public required decimal Hold { get; init; }

    /// <summary>Of a refund: what may be bought for again.</summary>
    public required decimal Restored { get; init; }

    public required decimal LimitAtTime { get; init; }

    /// <summary>The limit that was in force until then.</summary>
    public required decimal? LimitBefore { get; init; }

    public required string Actor { get; init; }
    public required string Reason { get; init; }

    /// <summary>Until when the purchase waits, where it waits.</summary>
    public required DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset OccurredAt { get; init; }

    /// <summary>Which limit it speaks of; of a refusal, which one refused.</summary>
    public LimitWindow Window { get; init; }

    /// <summary>The limit it speaks of, where that is of a window or begins later; of a refusal, the window's that refused.</summary>
    public decimal WindowLimit { get; init; }

    /// <summary>Of a refusal by a window: what counted in it already, and when it resets.</summary>
    public decimal WindowUsed { get; init; }
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>From when the limit it speaks of is in force, and until when; null: for good.</summary>
    public DateTimeOffset? ValidFrom { get; init; }
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>A change that the customer asked for.</summary>
    public bool IsOwnRaise { get; init; }

    public IReadOnlyList<MailLine> Lines { get; init; } = [];

    /// <summary>The windows that had a limit, as they were once this had happened.</summary>
    public IReadOnlyList<AllowanceReading> Windows { get; init; } = [];

    /// <summary>What its other mail, <c>limit_notice</c>, tells of.</summary>
    public IReadOnlyList<LimitNotice> Notices { get; init; } = [];

    /// <summary>The limit it speaks of, as it became or will. Events of before there were windows have it in one column only.</summary>
    public decimal LimitAfter =>
        Window == LimitWindow.Lifetime && Kind is "limit_changed" or "limit_took_effect" ? LimitAtTime : WindowLimit;

    /// <summary>The lifetime limit once this had happened.</summary>
    public AllowanceReading Lifetime => new()
    {
        Amount = AmountAfter,
        Held = HeldAfter,
        LimitAmount = StandingLimit,
        LeftAmount = Math.Max(StandingLimit - AmountAfter - HeldAfter, 0),
        OverBy = Math.Max(AmountAfter + HeldAfter - StandingLimit, 0),
    };

    /// <summary>The lifetime limit as it is for all others, of a purchase that an admin approved; null for every other event.</summary>
    public decimal? OwnLimit { get; init; }

    private decimal StandingLimit => OwnLimit ?? LimitAtTime;

    public Allowance Limits => new([Lifetime, .. Windows]);

    /// <summary>Which limit the purchase would pass: the one that refused it, or, asked for approval, would now.</summary>
    public LimitWindow RefusedBy =>
        Kind == "purchase_refused" ? Window : Limits.RefuserOf(Amount)?.Window ?? LimitWindow.Lifetime;

    /// <summary>By how much the purchase would pass that limit.</summary>
    public decimal PurchaseOverBy => Math.Max(
        Kind != "purchase_refused" ? Limits.RefuserOf(Amount)?.OverByWith(Amount) ?? 0
        : Window != LimitWindow.Lifetime ? WindowUsed + Amount - WindowLimit
        : AmountBefore + HeldAfter + Amount - LimitAtTime, 0);

    /// <summary>What would have had to be left besides. Who is over a limit already has nothing left, not less.</summary>
    public decimal PurchaseMoreThanLeft => Math.Min(PurchaseOverBy, Amount);

    public static async Task<MailEvent?> ReadOrNullAsync(StoreDataSources dataSources, long customerId, long sequenceNumber)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        using var results = await connection.QueryMultipleAsync(
            """
            SELECT e.kind, e.previous_kind, e.purchase_id, p.purchase_number, e.amount, e.amount_before, e.amount_after,
                   e.held_after, e.hold, e.restored, e.limit_at_time,
                   CASE WHEN e.kind = 'purchase_confirmed' AND e.previous_kind = 'purchase_awaiting_approval' THEN (
                       SELECT l.limit_amount
                       FROM store.limits_in_force(e.customer_id, e.occurred_at) l
                       WHERE l.window_name = 'lifetime'
                   ) END AS own_limit,
                   e.actor, e.reason, e.expires_at, e.occurred_at,
                   e.window_name AS "window", e.window_limit, e.window_used, e.resets_at,
                   CASE
                       WHEN c.limit_before IS NOT NULL THEN c.limit_before
                       WHEN e.window_name = 'lifetime' THEN b.limit_at_time
                       WHEN e.kind = 'limit_took_effect' THEN coalesce(
                           (SELECT l.window_limit
                            FROM store.customer_event l
                            WHERE l.customer_id = e.customer_id
                              AND l.sequence_number < e.sequence_number
                              AND l.window_name = e.window_name
                              AND l.kind IN ('limit_changed', 'limit_took_effect')
                            ORDER BY l.sequence_number DESC
                            LIMIT 1), store.no_limit())
                   END AS limit_before,
                   coalesce(c.valid_from, d.valid_from) AS valid_from,
                   nullif(coalesce(c.valid_to, d.valid_to), 'infinity') AS valid_to,
                   coalesce(q.requested_by = 'customer ' || q.customer_id, false) AS is_own_raise
            FROM store.customer_event e
            LEFT JOIN store.customer_event b
                ON b.customer_id = e.customer_id AND b.sequence_number = e.sequence_number - 1
            LEFT JOIN store.limit_change c ON c.customer_id = e.customer_id AND c.sequence_number = e.sequence_number
            LEFT JOIN store.limit_change d ON d.customer_id = e.customer_id AND d.limit_change_id = e.limit_change_id
            LEFT JOIN store.limit_request q ON q.customer_id = c.customer_id AND q.limit_request_id = c.limit_request_id
            LEFT JOIN store.purchase p ON p.customer_id = e.customer_id AND p.purchase_id = e.purchase_id
            WHERE e.customer_id = @customerId
              AND e.sequence_number = @sequenceNumber;

            SELECT p.name, l.quantity, l.total, l.at_most
            FROM store.customer_event e
            CROSS JOIN LATERAL (
                SELECT b.product_id, b.quantity, b.unit_price * b.quantity AS total, NULL::numeric AS at_most
                FROM store.purchase_line b
                WHERE b.customer_id = e.customer_id AND b.purchase_id = e.purchase_id
                UNION ALL
                SELECT r.product_id, r.quantity, NULL, r.at_most * r.quantity
                FROM store.purchase_line_on_request r
                WHERE r.customer_id = e.customer_id
                  AND r.purchase_id = e.purchase_id
                  AND NOT EXISTS (
                      SELECT
                      FROM store.purchase_line b
                      WHERE b.customer_id = r.customer_id
                        AND b.purchase_id = r.purchase_id
                        AND b.product_id = r.product_id
                  )
            ) l
            JOIN store.product p USING (product_id)
            WHERE e.customer_id = @customerId
              AND e.sequence_number = @sequenceNumber
            ORDER BY p.name, p.product_id;

            SELECT s.window_name AS "window", s.amount, s.held, s.limit_amount, s.left_amount, s.over_by, s.resets_at
            FROM store.customer_event e
            CROSS JOIN LATERAL store.customer_as_of(e.customer_id, e.occurred_at) s
            WHERE e.customer_id = @customerId
              AND e.sequence_number = @sequenceNumber
              AND s.window_name <> 'lifetime'
              -- Most customers have none, and need not be reckoned.
              AND EXISTS (
                  SELECT
                  FROM store.customer_window_allowance w
                  WHERE w.customer_id = e.customer_id
                    AND w.window_name <> 'lifetime'
              )
            ORDER BY s.resets_at;

            SELECT n.window_name AS "window", n.limit_amount, max(n."percent") AS "percent", s.amount, s.held, s.resets_at
            FROM store.limit_notice n
            JOIN store.customer_event e USING (customer_id, sequence_number)
            CROSS JOIN LATERAL store.customer_as_of(e.customer_id, e.occurred_at) s
            WHERE n.customer_id = @customerId
              AND n.sequence_number = @sequenceNumber
              AND s.window_name = n.window_name
            GROUP BY n.window_name, n.limit_amount, s.amount, s.held, s.resets_at
            """,
            new { customerId, sequenceNumber });
        var read = await results.ReadSingleOrDefaultAsync<MailEvent>();
        return read is null ? null : read with
        {
            Lines = [.. await results.ReadAsync<MailLine>()],
            Windows = [.. await results.ReadAsync<AllowanceReading>()],
            Notices = [.. await results.ReadAsync<LimitNotice>()],
        };
    }
}

/// <summary>One product of a purchase.</summary>
public sealed record MailLine
{
    public required string Name { get; init; }
    public required long Quantity { get; init; }

    /// <summary>Null while it has no price.</summary>
    public required decimal? Total { get; init; }

    /// <summary>What the customer would pay for the line at most, where it has no price.</summary>
    public required decimal? AtMost { get; init; }
}

/// <summary>A share of a limit that was reached. Amounts are US dollars, as of the event that reached it.</summary>
public sealed record LimitNotice
{
    public required LimitWindow Window { get; init; }
    public required decimal LimitAmount { get; init; }

    /// <summary>The greatest that was reached by that event.</summary>
    public required long Percent { get; init; }

    public required decimal Amount { get; init; }
    public required decimal Held { get; init; }

    /// <summary>Null: never.</summary>
    public required DateTimeOffset? ResetsAt { get; init; }

    public decimal Left => Math.Max(LimitAmount - Amount - Held, 0);

    /// <summary>As after a purchase that an admin approved.</summary>
    public decimal OverBy => Math.Max(Amount + Held - LimitAmount, 0);
}
