namespace PurchaseLimits.Web;

/// <summary>A file of limits that an admin uploads.</summary>
/// <param name="LimitImportId">The idempotency key, made when the page was rendered.</param>
/// <param name="FileName">1 to 255 characters.</param>
/// <param name="FileHash">SHA-256 of the file, in hex.</param>
/// <param name="Actor">Who: <c>admin 3</c>.</param>
/// <param name="Rows">1 to 100,000 rows, read as they are sent.</param>
public sealed record LimitImportRequest(
    Guid LimitImportId, string FileName, string FileHash, string Actor, IEnumerable<LimitImportRow> Rows);

/// <param name="RowNumber">As a spreadsheet counts: the header is row 1.</param>
/// <param name="CustomerId">Whose limit.</param>
/// <param name="WindowName">Which limit, as SQL names it.</param>
/// <param name="LimitAfter">US dollars, or <see cref="Limit.None"/>.</param>
/// <param name="LastDay">The last day on which it counts, in the store's zone; null: see <paramref name="ValidTo"/>.</param>
/// <param name="ValidTo">When it ends, where that is not with a day; null: never.</param>
public sealed record LimitImportRow(
    long RowNumber, long CustomerId, string WindowName, decimal LimitAfter, DateOnly? LastDay, DateTimeOffset? ValidTo);

/// <summary>A row that cannot be imported.</summary>
public sealed record LimitImportProblem
{
    public long RowNumber { get; init; }

    /// <summary>As <c>store.stage_limit_import_rows</c> names it.</summary>
    public string Problem { get; init; } = "";

    /// <summary>US dollars: what is in force; null where there is no such customer.</summary>
    public decimal? LimitBefore { get; init; }
}

public sealed record LimitImportStagingReply
{
    public required LimitImportStagingOutcome Outcome { get; init; }

    /// <summary>False: a row was in error, and nothing was kept.</summary>
    public bool IsInOrder { get; init; } = true;
}

public sealed record LimitImportConfirmationReply
{
    public required LimitImportConfirmationOutcome Outcome { get; init; }

    /// <summary>The row to blame.</summary>
    public long? RowNumber { get; init; }
}

public sealed record LimitImportCancellationReply
{
    public required LimitImportCancellationOutcome Outcome { get; init; }
}

public sealed record LimitImportAnnouncementReply
{
    public required LimitImportAnnouncement Outcome { get; init; }
}

public sealed record LimitImportSwitchReply
{
    public required LimitImportSwitch Outcome { get; init; }

    /// <summary>The row to blame.</summary>
    public long? RowNumber { get; init; }
}

public sealed record LimitImportFinishReply
{
    public required LimitImportFinish Outcome { get; init; }
}
