namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A file that was uploaded, for the partial <c>_NewestFiles</c>.</summary>
/// <param name="Address">Its page.</param>
/// <param name="FileName">Its name.</param>
/// <param name="RowCount">Rows below the header.</param>
/// <param name="State">In words.</param>
/// <param name="UploadedBy">As the ledger names them.</param>
/// <param name="UploadedAt">When.</param>
public sealed record NewestFile(
    string Address, string FileName, long RowCount, string State, string UploadedBy, DateTimeOffset UploadedAt);
