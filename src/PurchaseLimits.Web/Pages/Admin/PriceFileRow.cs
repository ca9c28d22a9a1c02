namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A row that is right as far as the file alone can tell.</summary>
/// <param name="RowNumber">As a spreadsheet counts: the header is row 1.</param>
/// <param name="ProductId">Which product; whether there is one is not known yet.</param>
/// <param name="Price">US dollars a unit.</param>
/// <param name="ValidFrom">From when it holds; null: from now on.</param>
public sealed record PriceFileRow(long RowNumber, long ProductId, decimal Price, DateTimeOffset? ValidFrom);
