using Dapper;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

/// <summary>How a report stands: of when it is, and what became of its refreshes. Read live, from the server that refreshes it.</summary>
public sealed record ReportState
{
    public string ReportName { get; init; } = "";

    /// <summary>Of when its numbers are; null: it was never refreshed.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>When the refresh that goes on was begun; null: none does.</summary>
    public DateTimeOffset? RunningSince { get; init; }

    /// <summary>Somebody asked for a refresh that no worker has begun.</summary>
    public bool IsAsked { get; init; }

    /// <summary>Why the last refresh that ended brought nothing; null: it brought the numbers.</summary>
    public string? Error { get; init; }

    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>The moment all this was read.</summary>
    public DateTimeOffset ReadAt { get; init; }

    public static async Task<IReadOnlyList<ReportState>> ReadAsync(StoreDataSources dataSources)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<ReportState>(
            """
            SELECT
                r.report_name,
                r.as_of,
                CASE WHEN f.finished_at IS NULL THEN f.started_at END AS running_since,
                EXISTS (
                    SELECT
                    FROM report.refresh_request q
                    WHERE q.requested_at > coalesce(f.started_at, '-infinity')
                ) AS is_asked,
                l.error,
                CASE WHEN l.error IS NOT NULL THEN l.finished_at END AS failed_at,
                statement_timestamp() AS read_at
            FROM report.report r
            LEFT JOIN report.report_refresh f USING (refresh_id)
            LEFT JOIN LATERAL (
                SELECT e.error, e.finished_at
                FROM report.report_refresh e
                WHERE e.report_name = r.report_name
                  AND e.finished_at IS NOT NULL
                ORDER BY e.refresh_id DESC
                LIMIT 1
            ) l ON true
            ORDER BY r.position
            """)).AsList();
    }
}

/// <summary>How old each report is, for the partial <c>_ReportAges</c>.</summary>
/// <param name="States">Of all reports.</param>
/// <param name="OldAge">What is older is shown as old.</param>
public sealed record ReportAges(IReadOnlyList<ReportState> States, TimeSpan OldAge);

/// <summary>A refresh, for the list of the last ones.</summary>
public sealed record RefreshRow
{
    public string ReportName { get; init; } = "";

    /// <summary>Null: it was time.</summary>
    public string? RequestedBy { get; init; }

    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public long? RowCount { get; init; }
    public string? Error { get; init; }

    /// <summary>The last ones, newest first.</summary>
    public static async Task<IReadOnlyList<RefreshRow>> ReadAsync(StoreDataSources dataSources, string[] reportNames, int count)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        // From each report's index, so that it costs the same however many there are.
        return (await connection.QueryAsync<RefreshRow>(
            """
            SELECT f.report_name, f.requested_by, f.started_at, f.finished_at, f.row_count, f.error
            FROM unnest(@reportNames) n (report_name)
            CROSS JOIN LATERAL (
                SELECT x.*
                FROM report.report_refresh x
                WHERE x.report_name = n.report_name
                ORDER BY x.refresh_id DESC
                LIMIT @count
            ) f
            ORDER BY f.refresh_id DESC
            LIMIT @count
            """,
            new { reportNames, count })).AsList();
    }
}
