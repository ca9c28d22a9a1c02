namespace PurchaseLimits.Web;

/// <summary>What waits in the outbox, as <c>/health/ledger</c> and the metrics read it.</summary>
public sealed record OutboxReading
{
    // Of very many the first ten thousand tell enough.
    public const string Sql =
        """
        SELECT count(*) FILTER (WHERE o.next_attempt_at <= statement_timestamp()) AS due,
               (SELECT count(*) FROM (SELECT FROM store.outbox_message m WHERE m.parked_at IS NOT NULL LIMIT 10000) p) AS parked,
               coalesce(extract(epoch FROM statement_timestamp() - min(o.created_at)), 0)::float8 AS oldest_seconds
        FROM (
            SELECT m.created_at, m.next_attempt_at
            FROM store.outbox_message m
            WHERE m.sent_at IS NULL
              AND m.parked_at IS NULL
            ORDER BY m.next_attempt_at
            LIMIT 10000
        ) o
        """;

    public long Due { get; init; }

    /// <summary>Given up until an admin sends them again.</summary>
    public long Parked { get; init; }

    /// <summary>Since the oldest that is neither sent nor parked; 0 when there is none.</summary>
    public double OldestSeconds { get; init; }
}

/// <summary>Purchases whose deadline passed and nobody wrote it down.</summary>
public sealed record OverdueReading
{
    public const string Sql =
        """
        SELECT count(*) AS count, coalesce(extract(epoch FROM statement_timestamp() - min(p.expires_at)), 0)::float8 AS oldest_seconds
        FROM (
            SELECT w.expires_at
            FROM store.purchase w
            WHERE w.expires_at <= statement_timestamp()
            ORDER BY w.expires_at
            LIMIT 10000
        ) p
        """;

    public long Count { get; init; }

    /// <summary>Since the deadline that passed first; 0 when there is none.</summary>
    public double OldestSeconds { get; init; }
}

/// <summary>How old one report is.</summary>
public sealed record ReportReading
{
    public const string Sql =
        "SELECT r.report_name, extract(epoch FROM statement_timestamp() - r.as_of)::float8 AS age_seconds FROM report.report r ORDER BY r.report_name";

    public string ReportName { get; init; } = "";

    /// <summary>Null: it was never refreshed.</summary>
    public double? AgeSeconds { get; init; }
}
