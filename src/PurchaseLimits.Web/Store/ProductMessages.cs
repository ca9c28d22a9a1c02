namespace PurchaseLimits.Web;

/// <summary>What a product says about itself.</summary>
/// <param name="CategoryId">Where the shop shows it.</param>
/// <param name="Name">1 to 120 characters.</param>
/// <param name="Description">Up to 2000 characters.</param>
/// <param name="Tile">Which drawing stands for it: a file in wwwroot/tiles, without its ending.</param>
public sealed record ProductText(long CategoryId, string Name, string Description, string Tile);

/// <param name="ChangeId">The idempotency key, made when the page was rendered.</param>
/// <param name="Text">The new product.</param>
/// <param name="Actor">Who: <c>admin 3</c>.</param>
public sealed record ProductCreationRequest(Guid ChangeId, ProductText Text, string Actor);

public sealed record ProductCreationReply
{
    public required ProductCreationOutcome Outcome { get; init; }
    public long? ProductId { get; init; }
}

/// <param name="ChangeId">The idempotency key, made when the page was rendered.</param>
/// <param name="ProductId">Which product.</param>
/// <param name="Revision">The revision that the page showed: two admins cannot overwrite each other.</param>
/// <param name="Text">What it is to say.</param>
/// <param name="Actor">Who: <c>admin 3</c>.</param>
public sealed record ProductChangeRequest(Guid ChangeId, long ProductId, long Revision, ProductText Text, string Actor);

public sealed record ProductChangeReply
{
    public required ProductChangeOutcome Outcome { get; init; }

    /// <summary>The product's revision after this outcome.</summary>
    public long? RevisionNow { get; init; }
}

public sealed record ProductWithdrawalReply
{
    public required ProductWithdrawalOutcome Outcome { get; init; }
}

public sealed record ProductRestorationReply
{
    public required ProductRestorationOutcome Outcome { get; init; }
}

/// <summary>Takes back a price that has not begun.</summary>
/// <param name="ProductId">Which product.</param>
/// <param name="ValidFrom">When the price would begin, as the page showed it.</param>
/// <param name="Price">What it would be, as the page showed it: another one at the same moment stays.</param>
/// <param name="Actor">Who: <c>admin 3</c>.</param>
public sealed record PriceTakeBackRequest(long ProductId, DateTimeOffset ValidFrom, decimal Price, string Actor);

public sealed record PriceTakeBackReply
{
    public required PriceTakeBackOutcome Outcome { get; init; }
}

/// <summary>A file of prices that was found to be in order.</summary>
/// <param name="PriceImportId">The idempotency key, made when the page was rendered.</param>
/// <param name="FileName">1 to 255 characters.</param>
/// <param name="Actor">Who: <c>admin 3</c>.</param>
/// <param name="Rows">1 to 20,000 rows, in any order.</param>
public sealed record PriceImportRequest(Guid PriceImportId, string FileName, string Actor, IReadOnlyList<PriceImportRow> Rows);

/// <param name="RowNumber">As a spreadsheet counts: the header is row 1.</param>
/// <param name="ProductId">Which product.</param>
/// <param name="Price">US dollars a unit.</param>
/// <param name="ValidFrom">From when it holds; null: from now on.</param>
/// <param name="PriceBefore">What holds at that moment without this row; null where nothing does.</param>
public sealed record PriceImportRow(long RowNumber, long ProductId, decimal Price, DateTimeOffset? ValidFrom, decimal? PriceBefore);

public sealed record PriceImportStagingReply
{
    public required PriceImportStagingOutcome Outcome { get; init; }
}

public sealed record PriceImportConfirmationReply
{
    public required PriceImportConfirmationOutcome Outcome { get; init; }
}

public sealed record PriceImportCancellationReply
{
    public required PriceImportCancellationOutcome Outcome { get; init; }
}

public sealed record PriceImportEndReply
{
    public required PriceImportEndOutcome Outcome { get; init; }
}

public sealed record PriceImportBeginningReply
{
    public required PriceImportBeginning Outcome { get; init; }
}

public sealed record PriceImportStepReply
{
    public required PriceImportStep Outcome { get; init; }

    /// <summary>Of all rows of the file, how many are done.</summary>
    public long DoneCount { get; init; }

    /// <summary>The row to blame.</summary>
    public long? RowNumber { get; init; }
}

/// <param name="End">How it ended.</param>
/// <param name="Failure">Why it failed, as <c>store.import_prices</c> names it.</param>
/// <param name="RowNumber">The row to blame.</param>
public sealed record PriceImportTry(PriceImportEnd End, string? Failure = null, long? RowNumber = null);
