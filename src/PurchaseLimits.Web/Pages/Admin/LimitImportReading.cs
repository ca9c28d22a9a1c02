using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>An import of limits as it stands at this moment, whichever process runs it.</summary>
public sealed record LimitImportReading
{
    public Guid LimitImportId { get; init; }
    public string FileName { get; init; } = "";
    public string UploadedBy { get; init; } = "";

    /// <summary>What the dry run found is as of then.</summary>
    public DateTimeOffset UploadedAt { get; init; }

    /// <summary>As <c>store.limit_import</c> has it.</summary>
    public string Status { get; init; } = "";

    public long RowCount { get; init; }

    /// <summary>Rows that change a limit or when it ends.</summary>
    public long ChangeCount { get; init; }

    public long RaisedCount { get; init; }
    public long LoweredCount { get; init; }

    /// <summary>Rows below what is bought or held.</summary>
    public long OverCount { get; init; }

    /// <summary>Refusals of the last 90 days that would have passed, and what they were about in US dollars.</summary>
    public long PassingCount { get; init; }
    public decimal PassingAmount { get; init; }

    public long CustomerCount { get; init; }
    public string? Reason { get; init; }

    /// <summary>Who confirmed it.</summary>
    public string? Actor { get; init; }

    public DateTimeOffset? ConfirmedAt { get; init; }
    public DateTimeOffset? InForceAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public string? CancelledBy { get; init; }
    public string? Failure { get; init; }
    public long? FailedRowNumber { get; init; }
    public long AnnouncedCount { get; init; }
    public long SettledCount { get; init; }

    /// <summary>When a worker last said that it is at it; null: none has begun.</summary>
    public DateTimeOffset? HeartbeatAt { get; init; }

    /// <summary>A worker has begun and has not been heard of for a while: its process ended, or waits for a lock.</summary>
    public bool IsSilent { get; init; }

    /// <summary>It counts already.</summary>
    public bool IsInForce { get; init; }

    public static string WordsFor(string status) => status switch
    {
        "checked" => "checked, not in force",
        "confirmed" => "being prepared",
        "in_force" or "done" => "in force",
        _ => status,
    };

    /// <summary>Null when there is none with that key.</summary>
    public static async Task<LimitImportReading?> ReadAsync(StoreDataSources dataSources, Guid limitImportId)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<LimitImportReading>(
            """
            SELECT i.limit_import_id, i.file_name, i.uploaded_by, i.uploaded_at, i.status, i.row_count, i.change_count,
                   i.raised_count, i.lowered_count, i.over_count, i.passing_count, i.passing_amount, i.customer_count, i.reason,
                   i.actor, i.confirmed_at, i.in_force_at, i.finished_at, i.cancelled_by, i.failure, i.failed_row_number,
                   p.announced_count, least(p.settled_count, i.customer_count) AS settled_count, p.heartbeat_at,
                   coalesce(p.heartbeat_at < statement_timestamp() - interval '30 seconds', false) AS is_silent,
                   coalesce(i.in_force_at <= statement_timestamp(), false) AS is_in_force
            FROM store.limit_import i
            JOIN store.limit_import_progress p USING (limit_import_id)
            WHERE i.limit_import_id = @limitImportId
            """,
            new { limitImportId });
    }
}
