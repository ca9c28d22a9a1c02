using Dapper;

namespace PurchaseLimits.Web.Pages;

/// <summary>All of a customer's limits as the customer sees them: where each comes from, what is set to come, what was asked for.</summary>
public sealed record OwnLimits
{
    /// <summary>Past requests that are shown. Older ones are in the statement.</summary>
    public const int MaxRequests = 20;

    /// <summary>One for each window, in their order, whether or not it has a limit.</summary>
    public required IReadOnlyList<OwnLimit> Limits { get; init; }

    /// <summary>Begins later; the next one first.</summary>
    public required IReadOnlyList<OwnScheduledLimit> Scheduled { get; init; }

    /// <summary>Those that wait first, then the newest.</summary>
    public required IReadOnlyList<OwnRequest> Requests { get; init; }

    /// <summary>Where days begin: America/New_York.</summary>
    public required string TimeZone { get; init; }

    /// <summary>From the yes to a raise to its beginning.</summary>
    public required TimeSpan RaiseDelay { get; init; }

    public OwnLimit Of(LimitWindow window) => Limits.Single(limit => limit.Window == window);

    public static async Task<OwnLimits> ReadAsync(StoreDataSources dataSources, long customerId)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        using var results = await connection.QueryMultipleAsync(
            """
            SELECT w.window_name AS "window", coalesce(a.amount, 0) AS amount, coalesce(a.held, 0) AS held,
                   coalesce(a.limit_amount, store.no_limit()) AS limit_amount,
                   coalesce(a.left_amount, store.no_limit()) AS left_amount, coalesce(a.over_by, 0) AS over_by, a.resets_at,
                   c.valid_from, nullif(c.valid_to, 'infinity') AS valid_to, c.actor, c.reason, c.was_asked_for,
                   CASE WHEN c.valid_to < 'infinity' THEN coalesce(
                       (SELECT n.limit_after
                        FROM store.limit_period n
                        WHERE n.customer_id = @customerId
                          AND n.window_name = w.window_name
                          AND n.valid_from <= c.valid_to
                          AND n.valid_to > c.valid_to
                        ORDER BY n.valid_from DESC, n.sequence_number DESC
                        LIMIT 1),
                       CASE w.window_name
                           WHEN 'lifetime' THEN (SELECT e.limit_at_time
                                                 FROM store.customer_event e
                                                 WHERE e.customer_id = @customerId
                                                   AND e.sequence_number = 1)
                           ELSE store.no_limit()
                       END)
                   END AS limit_next
            FROM store.limit_window w
            LEFT JOIN store.customer_window_allowance a ON a.customer_id = @customerId AND a.window_name = w.window_name
            LEFT JOIN LATERAL (
                SELECT p.valid_from,
                       store.limit_ends_at(p.customer_id, p.window_name, p.valid_to) AS valid_to,
                       coalesce(e.actor, i.actor) AS actor, coalesce(e.reason, i.reason) AS reason,
                       p.limit_request_id IS NOT NULL AS was_asked_for
                FROM store.limit_period p
                LEFT JOIN store.customer_event e
                    ON e.customer_id = p.customer_id AND e.sequence_number = p.sequence_number
                LEFT JOIN store.limit_import_row r
                    ON r.customer_id = p.customer_id AND r.limit_change_id = p.limit_change_id
                LEFT JOIN store.limit_import i ON i.limit_import_id = r.limit_import_id
                WHERE p.customer_id = @customerId
                  AND p.window_name = w.window_name
                  AND p.valid_from <= statement_timestamp()
                  AND p.valid_to > statement_timestamp()
                ORDER BY p.valid_from DESC, p.sequence_number DESC
                LIMIT 1
            ) c ON true
            ORDER BY w.position;

            SELECT p.limit_change_id, p.window_name AS "window", p.limit_after, p.valid_from,
                   nullif(p.valid_to, 'infinity') AS valid_to,
                   coalesce(r.requested_by = 'customer ' || p.customer_id, false) AS can_be_taken_back
            FROM store.limit_period p
            LEFT JOIN store.limit_request r
                ON r.customer_id = p.customer_id AND r.limit_request_id = p.limit_request_id
            WHERE p.customer_id = @customerId
              AND p.valid_from > statement_timestamp()
              AND p.valid_to > p.valid_from
            ORDER BY p.valid_from, p.sequence_number;

            SELECT r.limit_request_id, r.window_name AS "window", r.limit_before, r.limit_wanted,
                   nullif(r.valid_to, 'infinity') AS valid_to, r.note, r.status, q.occurred_at AS asked_at,
                   d.occurred_at AS decided_at, nullif(d.reason, r.note) AS answer, c.limit_after AS granted,
                   c.valid_from AS granted_from, nullif(c.valid_to, 'infinity') AS granted_to
            FROM store.limit_request r
            JOIN store.customer_event q ON q.customer_id = r.customer_id AND q.sequence_number = r.sequence_number
            LEFT JOIN store.customer_event d
                ON d.customer_id = r.customer_id AND d.sequence_number = r.decided_sequence_number
            LEFT JOIN store.limit_change c
                ON c.customer_id = r.customer_id AND c.sequence_number = r.decided_sequence_number
            WHERE r.customer_id = @customerId
              AND r.requested_by = 'customer ' || r.customer_id
            ORDER BY r.status = 'pending' DESC, r.sequence_number DESC
            LIMIT @limit;

            SELECT time_zone, raise_delay FROM store.store_setting WHERE store_setting_id = 1
            """,
            new { customerId, limit = MaxRequests });
        var limits = (await results.ReadAsync<OwnLimit>()).AsList();
        var scheduled = (await results.ReadAsync<OwnScheduledLimit>()).AsList();
        var requests = (await results.ReadAsync<OwnRequest>()).AsList();
        var (timeZone, raiseDelay) = await results.ReadSingleAsync<(string, TimeSpan)>();
        return new OwnLimits { Limits = limits, Scheduled = scheduled, Requests = requests, TimeZone = timeZone, RaiseDelay = raiseDelay };
    }
}

/// <summary>One limit now. Amounts are US dollars.</summary>
public sealed record OwnLimit
{
    public LimitWindow Window { get; init; }
    public decimal Amount { get; init; }
    public decimal Held { get; init; }

    /// <summary><see cref="Limit.None"/> where nothing limits; what counts is not reckoned then, but for the lifetime limit.</summary>
    public decimal LimitAmount { get; init; }
    public decimal LeftAmount { get; init; }
    public decimal OverBy { get; init; }
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>Since when it is in force; null where it is what new customers begin with.</summary>
    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>Until when; null: for good.</summary>
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>Who set it, as the ledger names them.</summary>
    public string? Actor { get; init; }
    public string? Reason { get; init; }

    /// <summary>The customer had asked for it.</summary>
    public bool WasAskedFor { get; init; }

    /// <summary>What comes after a temporary one.</summary>
    public decimal? LimitNext { get; init; }

    public bool IsUnlimited => LimitAmount == Limit.None;

    /// <summary>Where it comes from, but for when.</summary>
    public string Source => Actor?.Split(' ')[0] switch
    {
        null => Window == LimitWindow.Lifetime ? "What new customers begin with" : "Nobody set one",
        "customer" => "Lowered by you",
        "admin" when WasAskedFor => "Granted by an admin, as you asked",
        "admin" => "Set by an admin",
        // A registration is signed by whoever registered; what it sets is no decision about this customer.
        _ when Reason == "What new customers begin with." => "What new customers begin with",
        _ => "Set by the store",
    };

    public AllowanceReading Reading => new()
    {
        Window = Window,
        Amount = Amount,
        Held = Held,
        LimitAmount = LimitAmount,
        LeftAmount = LeftAmount,
        OverBy = OverBy,
        ResetsAt = ResetsAt,
    };
}

/// <summary>A change of a limit that begins later.</summary>
public sealed record OwnScheduledLimit
{
    public Guid LimitChangeId { get; init; }
    public LimitWindow Window { get; init; }
    public decimal LimitAfter { get; init; }
    public DateTimeOffset ValidFrom { get; init; }
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>The customer asked for it.</summary>
    public bool CanBeTakenBack { get; init; }
}

/// <summary>A raise the customer asked for.</summary>
public sealed record OwnRequest
{
    public Guid LimitRequestId { get; init; }
    public LimitWindow Window { get; init; }

    /// <summary>What was in force when it was asked for.</summary>
    public decimal LimitBefore { get; init; }
    public decimal LimitWanted { get; init; }
    public DateTimeOffset? ValidTo { get; init; }
    public string Note { get; init; } = "";

    /// <summary>pending, approved, denied or cancelled.</summary>
    public string Status { get; init; } = "";
    public DateTimeOffset AskedAt { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>What the admin wrote; null where nothing.</summary>
    public string? Answer { get; init; }

    /// <summary>What was granted: perhaps another amount than was asked for, or until another day.</summary>
    public decimal? Granted { get; init; }
    public DateTimeOffset? GrantedFrom { get; init; }
    public DateTimeOffset? GrantedTo { get; init; }

    public bool IsPending => Status == "pending";
}
