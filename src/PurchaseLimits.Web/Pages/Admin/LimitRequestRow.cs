using Dapper;
using Npgsql;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A raise that somebody asked for, with what one needs to know to decide. US dollars, live.</summary>
public sealed record LimitRequestRow
{
    /// <summary>How many a page shows: the next ones come up as these are decided.</summary>
    public const int MaxShown = 25;

    public long CustomerId { get; init; }
    public string DisplayName { get; init; } = "";
    public string? Email { get; init; }
    public Guid LimitRequestId { get; init; }
    public string WindowName { get; init; } = "";
    public decimal LimitWanted { get; init; }

    /// <summary>What was in force when it was asked for.</summary>
    public decimal LimitBefore { get; init; }

    /// <summary>Until when it is wanted; null: for good.</summary>
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>The same on the clocks of the store's zone.</summary>
    public DateTime? ValidToShown { get; init; }

    public string Note { get; init; } = "";
    public string RequestedBy { get; init; } = "";
    public DateTimeOffset RequestedAt { get; init; }
    public string Status { get; init; } = "";

    /// <summary>The admin whose approval waits for a second one's; null: none.</summary>
    public string? ProposedBy { get; init; }

    public decimal ProposedLimit { get; init; }

    /// <summary>Until when the proposed one would count; null: for good.</summary>
    public DateTimeOffset? ProposedValidTo { get; init; }

    public DateTime? ProposedValidToShown { get; init; }

    /// <summary>Who decided it, when and why; null: nobody yet.</summary>
    public string? DecidedBy { get; init; }

    public string? DecidedReason { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>What was granted; null where nothing was.</summary>
    public decimal? LimitGranted { get; init; }

    /// <summary>Until when it was granted; null: for good, or not at all.</summary>
    public DateTimeOffset? GrantedTo { get; init; }

    /// <summary>That limit as it is now.</summary>
    public decimal LimitAmount { get; init; }

    public decimal Amount { get; init; }
    public decimal Held { get; init; }
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>Bought in the last 30 and 90 days, less what was refunded in them.</summary>
    public decimal Spent30 { get; init; }

    public decimal Spent90 { get; init; }

    public bool IsPending => Status == "pending";

    /// <summary>An admin asked, because the raise takes a second one.</summary>
    public bool IsAdmins => RequestedBy.StartsWith("admin ", StringComparison.Ordinal);

    public AllowanceReading Allowance => new()
    {
        Amount = Amount,
        Held = Held,
        LimitAmount = LimitAmount,
        LeftAmount = Math.Max(LimitAmount - Amount - Held, 0),
        OverBy = Math.Max(Amount + Held - LimitAmount, 0),
    };

    /// <summary>What an approval grants unless the admin writes another: what waits for a second admin, or what was asked for.</summary>
    public decimal Offered => ProposedBy is null ? LimitWanted : ProposedLimit;

    public DateTimeOffset? OfferedTo => ProposedBy is null ? ValidTo : ProposedValidTo;

    public string OfferedToText => StoreMoment.EndText(ProposedBy is null ? ValidToShown : ProposedValidToShown);

    private const string Select =
        """
        SELECT r.customer_id, k.display_name, u.email, r.limit_request_id, r.window_name, r.limit_wanted, r.limit_before,
               nullif(r.valid_to, 'infinity') AS valid_to,
               nullif(r.valid_to, 'infinity') AT TIME ZONE s.time_zone AS valid_to_shown,
               r.note, r.requested_by, q.occurred_at AS requested_at, r.status,
               r.proposed_by, r.proposed_limit, nullif(r.proposed_valid_to, 'infinity') AS proposed_valid_to,
               nullif(r.proposed_valid_to, 'infinity') AT TIME ZONE s.time_zone AS proposed_valid_to_shown,
               d.actor AS decided_by, d.reason AS decided_reason, d.occurred_at AS decided_at,
               g.limit_after AS limit_granted, nullif(g.valid_to, 'infinity') AS granted_to,
               l.limit_amount, l.amount, l.held, l.resets_at, spent.spent30, spent.spent90
        FROM store.limit_request r
        JOIN store.customer k USING (customer_id)
        JOIN store.customer_event q ON q.customer_id = r.customer_id AND q.sequence_number = r.sequence_number
        JOIN store.store_setting s ON s.store_setting_id = 1
        LEFT JOIN account.user u ON u.customer_id = r.customer_id
        LEFT JOIN store.customer_event d ON d.customer_id = r.customer_id AND d.sequence_number = r.decided_sequence_number
        LEFT JOIN store.limit_change g ON g.customer_id = r.customer_id AND g.limit_request_id = r.limit_request_id
        CROSS JOIN LATERAL (
            SELECT c.limit_amount, c.amount, c.held, c.resets_at
            FROM store.limits_as_of(r.customer_id, statement_timestamp()) c
            WHERE c.window_name = r.window_name
        ) l
        CROSS JOIN LATERAL (
            SELECT
                coalesce(sum(b.change) FILTER (WHERE b.occurred_at > statement_timestamp() - interval '30 days'), 0) AS spent30,
                coalesce(sum(b.change), 0) AS spent90
            FROM (
                SELECT e.occurred_at, CASE e.kind WHEN 'purchase_confirmed' THEN e.amount ELSE -e.amount END AS change
                FROM store.customer_event e
                WHERE e.customer_id = r.customer_id
                  AND e.kind IN ('purchase_confirmed', 'purchase_partly_refunded', 'purchase_refunded')
                  AND e.occurred_at > statement_timestamp() - interval '90 days'
            ) b
        ) spent
        """;

    /// <summary>Those that wait, the one that waits longest first.</summary>
    public static async Task<IReadOnlyList<LimitRequestRow>> ReadWaitingAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        return (await connection.QueryAsync<LimitRequestRow>(
            $"""
            {Select}
            WHERE (r.customer_id, r.limit_request_id) IN (
                SELECT w.customer_id, w.limit_request_id
                FROM store.limit_request w
                JOIN store.customer_event e USING (customer_id, sequence_number)
                WHERE w.status = 'pending'
                ORDER BY e.occurred_at
                LIMIT {MaxShown}
            )
            ORDER BY q.occurred_at, r.customer_id
            """)).AsList();
    }

    /// <summary>A customer's own that wait, in the order of the limits.</summary>
    public static async Task<IReadOnlyList<LimitRequestRow>> ReadWaitingAsync(NpgsqlDataSource source, long customerId)
    {
        await using var connection = await source.OpenConnectionAsync();
        return (await connection.QueryAsync<LimitRequestRow>(
            $"""
            {Select}
            JOIN store.limit_window o ON o.window_name = r.window_name
            WHERE r.customer_id = @customerId
              AND r.status = 'pending'
            ORDER BY o.position
            """,
            new { customerId })).AsList();
    }

    /// <summary>One, decided or not; null where this customer has none of that id.</summary>
    public static async Task<LimitRequestRow?> ReadOrNullAsync(NpgsqlDataSource source, long customerId, Guid limitRequestId)
    {
        await using var connection = await source.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<LimitRequestRow>(
            $"""
            {Select}
            WHERE r.customer_id = @customerId
              AND r.limit_request_id = @limitRequestId
            """,
            new { customerId, limitRequestId });
    }

    /// <summary>How many wait: from an index that holds nothing else.</summary>
    public static async Task<long> CountAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        return await connection.QuerySingleAsync<long>("SELECT count(*) FROM store.limit_request r WHERE r.status = 'pending'");
    }
}
