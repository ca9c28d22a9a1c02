using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Lets a frozen customer buy again, once an operator has mended what differed. The database looks once more.</summary>
[RequiresRecentPassword]
public sealed class ReleaseCustomerModel(StoreDataSources dataSources, Store store) : PageModel
{
    public const int MaxReasonLength = ChangeLimitModel.MaxReasonLength;

    public FreezeRow Freeze { get; private set; } = null!;

    public string? Reason { get; private set; }

    /// <summary>What still differs, where that refused the release.</summary>
    public string? StillDiffers { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromRoute] string id) => await ReadAsync(id) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync([FromRoute] string id)
    {
        if (!StrictInput.TryId(id, out var customerId))
            return NotFound();
        var reasons = Request.Form["reason"];
        if (reasons.Count > 1)
            return BadRequest();
        // Where it is not frozen any more this says so below: another admin may have been faster.
        var isFrozen = await ReadAsync(id);

        Reason = reasons;
        if (await ComposedText.ReadOrNullAsync(dataSources.AdminPages, Reason, MaxReasonLength, lineBreaks: true) is not { } reason)
        {
            ModelState.AddModelError("reason", $"Say what was found and mended, in 1 to {MaxReasonLength} characters.");
            return isFrozen ? this.PageWith(StatusCodes.Status422UnprocessableEntity) : NotFound();
        }

        var reply = await store.ReleaseCustomerAsync(customerId, reason, User.AdminActor());
        switch (reply.Outcome)
        {
            case ReleaseOutcome.Released or ReleaseOutcome.AlreadyReleased:
                TempData["notice-good"] = $"Customer {customerId} is released and can buy again.";
                return new SeeOtherResult($"/admin/customers/{customerId}");
            case ReleaseOutcome.NotFrozen:
                TempData["notice-warn"] = $"Customer {customerId} is not frozen: nothing was changed.";
                return new SeeOtherResult($"/admin/customers/{customerId}");
            case ReleaseOutcome.UnknownCustomer:
                return NotFound();
        }

        if (!isFrozen && !await ReadAsync(id))
            return NotFound();
        switch (reply.Outcome)
        {
            case ReleaseOutcome.StillDiffers:
                StillDiffers = reply.Detail;
                return this.PageWith(StatusCodes.Status409Conflict);
            case ReleaseOutcome.Busy:
                return this.PageBusy();
            case ReleaseOutcome.InDoubt:
                return this.PageInDoubt();
            default:
                throw new InvalidOperationException($"release_customer ended as {reply.Outcome}.");
        }
    }

    private async Task<bool> ReadAsync(string id)
    {
        if (!StrictInput.TryId(id, out var customerId) || await FreezeRow.ReadOpenOrNullAsync(dataSources, customerId) is not { } freeze)
            return false;
        Freeze = freeze;
        return true;
    }
}
