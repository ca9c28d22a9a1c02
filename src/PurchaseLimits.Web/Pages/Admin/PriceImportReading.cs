using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>An import of prices as it stands at this moment, whichever process runs it.</summary>
public sealed record PriceImportReading
{
    public Guid PriceImportId { get; init; }
    public string FileName { get; init; } = "";
    public string UploadedBy { get; init; } = "";
    public DateTimeOffset UploadedAt { get; init; }
    public long RowCount { get; init; }

    /// <summary>As <c>store.price_import</c> has it.</summary>
    public string Status { get; init; } = "";

    public string? ConfirmedBy { get; init; }
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>When its prices "from now on" begin, once it is done.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    public long SetCount { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public string? CancelledBy { get; init; }
    public string? Failure { get; init; }
    public long? FailedRowNumber { get; init; }

    /// <summary>Rows done so far by the try that runs, none of which is kept before all are.</summary>
    public long ProgressCount { get; init; }

    /// <summary>When a worker last said that it is at it; null: none has begun.</summary>
    public DateTimeOffset? HeartbeatAt { get; init; }

    /// <summary>A worker has begun and has not been heard of for a while: its process ended, or waits for a lock.</summary>
    public bool IsSilent { get; init; }

    public bool CancelRequested { get; init; }

    /// <summary>Of the rows, how many would set another price than the one that holds.</summary>
    public long ChangeCount { get; init; }

    public long WithdrawnCount { get; init; }

    public static string WordsFor(string status) => status switch
    {
        "checked" => "checked, not imported",
        "confirmed" => "being imported",
        "done" => "imported",
        _ => status,
    };

    /// <summary>Null when there is none with that key.</summary>
    public static async Task<PriceImportReading?> ReadAsync(StoreDataSources dataSources, Guid priceImportId)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<PriceImportReading>(
            """
            SELECT i.price_import_id, i.file_name, i.uploaded_by, i.uploaded_at, i.row_count, i.status, i.confirmed_by,
                   i.confirmed_at, i.effective_at, i.set_count, i.finished_at, i.cancelled_by, i.failure, i.failed_row_number,
                   p.done_count AS progress_count, p.heartbeat_at,
                   coalesce(p.heartbeat_at < statement_timestamp() - interval '10 seconds', false) AS is_silent,
                   p.cancel_requested_by IS NOT NULL AS cancel_requested, r.change_count, r.withdrawn_count
            FROM store.price_import i
            JOIN store.price_import_progress p USING (price_import_id)
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE NOT r.has_price_before OR r.price <> r.price_before) AS change_count,
                       count(*) FILTER (WHERE product.withdrawn_at IS NOT NULL) AS withdrawn_count
                FROM store.price_import_row r
                JOIN store.product USING (product_id)
                WHERE r.price_import_id = i.price_import_id
            ) r
            WHERE i.price_import_id = @priceImportId
            """,
            new { priceImportId });
    }
}
