using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Asks once more before a planned change of a limit is taken back, or a temporary one ended before its time.</summary>
[RequiresRecentPassword]
public sealed class EndLimitChangeModel(StoreDataSources dataSources, Store store) : PageModel
{
    public const int MaxReasonLength = ChangeLimitModel.MaxReasonLength;

    public CustomerRow Customer { get; private set; } = null!;

    public LimitPeriodRow Change { get; private set; } = null!;

    /// <summary>That limit as it is now.</summary>
    public LimitRow Limit { get; private set; } = null!;

    /// <summary>The last event about this customer's limits that the page knows.</summary>
    public string LimitSequenceNumber { get; private set; } = "";

    public string? Reason { get; private set; }

    public LimitEndOutcome? Outcome { get; private set; }

    /// <summary>What others did to this customer's limits since the page was shown.</summary>
    public IReadOnlyList<LimitHappening> Meanwhile { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync([FromRoute] string id, [FromRoute] string limitChangeId)
    {
        if (!await ReadAsync(id, limitChangeId))
            return NotFound();
        LimitSequenceNumber = ChangeLimitForm.Text(Customer.LimitSequenceNumber);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync([FromRoute] string id, [FromRoute] string limitChangeId)
    {
        if (!await ReadAsync(id, limitChangeId))
            return NotFound();
        var (numbers, reasons) = (Request.Form["limitSequenceNumber"], Request.Form["reason"]);
        if (numbers is not [{ } number] || reasons.Count > 1 || !StrictInput.TryId(number, out var sequenceNumber))
            return BadRequest();

        (LimitSequenceNumber, Reason) = (number, reasons);
        if (await ComposedText.ReadOrNullAsync(dataSources.AdminPages, Reason, MaxReasonLength, lineBreaks: true) is not { } reason)
        {
            ModelState.AddModelError("reason", $"Say why, in 1 to {MaxReasonLength} characters.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var reply = await store.EndLimitChangeAsync(Customer.CustomerId, Change.LimitChangeId, sequenceNumber, reason, User.AdminActor());
        Outcome = reply.Outcome;
        switch (reply.Outcome)
        {
            case LimitEndOutcome.Ended or LimitEndOutcome.AlreadyEnded:
                TempData["notice-good"] = reply.Outcome == LimitEndOutcome.AlreadyEnded
                    ? $"{LimitWords.Amount(Change.LimitAfter)} as the {LimitWords.Of(Change.WindowName)} had ended already."
                    : $"{LimitWords.Amount(Change.LimitAfter)} as the {LimitWords.Of(Change.WindowName)} {(Change.IsPlanned ? "was taken back." : "ended.")}";
                return new SeeOtherResult($"/admin/customers/{Customer.CustomerId}");
            case LimitEndOutcome.ChangedMeanwhile:
                Meanwhile = await LimitHappening.ReadSinceAsync(dataSources, Customer.CustomerId, sequenceNumber);
                await ReadAsync(id, limitChangeId);
                LimitSequenceNumber = ChangeLimitForm.Text(Customer.LimitSequenceNumber);
                return this.PageWith(StatusCodes.Status409Conflict);
            case LimitEndOutcome.NotEndable:
                return this.PageWith(StatusCodes.Status409Conflict);
            case LimitEndOutcome.NeedsRight or LimitEndOutcome.NeedsSecondAdmin:
                return this.PageWith(StatusCodes.Status403Forbidden);
            case LimitEndOutcome.UnknownChange:
                return NotFound();
            case LimitEndOutcome.Busy:
                return this.PageBusy();
            case LimitEndOutcome.InDoubt:
                return this.PageInDoubt();
            default:
                throw new InvalidOperationException($"end_limit_change ended as {reply.Outcome}.");
        }
    }

    private async Task<bool> ReadAsync(string id, string limitChangeId)
    {
        if (!StrictInput.TryId(id, out var customerId) || !Guid.TryParseExact(limitChangeId, "D", out var changeId)
            || await CustomerRow.ReadAsync(dataSources, customerId) is not { } customer
            || await LimitPeriodRow.ReadOrNullAsync(dataSources, customerId, changeId) is not { } change)
            return false;

        (Customer, Change) = (customer, change);
        Limit = (await LimitRow.ReadAsync(dataSources, customerId)).Single(limit => limit.WindowName == change.WindowName);
        return true;
    }
}
