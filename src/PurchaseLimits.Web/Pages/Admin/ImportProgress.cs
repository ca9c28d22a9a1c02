namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>An import that goes on, for the partial <c>_ImportProgress</c>.</summary>
/// <param name="Address">Its page, which is read again until the import has ended.</param>
/// <param name="Title">What is being done.</param>
/// <param name="Done">How much of <paramref name="Count"/> is done.</param>
/// <param name="Count">How much there is to do.</param>
/// <param name="Sentence">What that means.</param>
/// <param name="SilentSince">When its worker was last heard of, where that is a while ago; else null.</param>
/// <param name="IfSilent">What happens where its process ended.</param>
/// <param name="Note">Who wanted it, and what may be done meanwhile.</param>
/// <param name="CancelAddress">Where a wish to cancel goes; null: it is too late for one.</param>
public sealed record ImportProgress(
    string Address, string Title, long Done, long Count, string Sentence, DateTimeOffset? SilentSince, string IfSilent, string Note,
    string? CancelAddress);
