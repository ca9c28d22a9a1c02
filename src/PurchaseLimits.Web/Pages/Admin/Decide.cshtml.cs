using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Where requests for approval are decided. It shows one only where deciding it has something to say.</summary>
[RequiresRecentPassword]
public sealed class DecideModel(StoreDataSources dataSources, Store store) : PageModel
{
    public const int MaxReasonLength = 500;

    public AdminPurchaseReading Purchase { get; private set; } = null!;
    public CustomerRow Customer { get; private set; } = null!;

    /// <summary>What limits the customer.</summary>
    public IReadOnlyList<LimitRow> Limits { get; private set; } = [];

    public DecisionForm Form { get; private set; } = null!;

    /// <summary>How the last attempt ended, where it has to be said on this page.</summary>
    public ApproveOutcome? Outcome { get; private set; }

    /// <summary>What the page before this one said the limit is raised by, where it is more by now.</summary>
    public decimal? RaiseShown { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromRoute] string customerId, [FromRoute] string purchaseId) =>
        await ReadAsync(customerId, purchaseId) ? Page() : NotFound();

    public async Task<IActionResult> OnPostApproveAsync([FromRoute] string customerId, [FromRoute] string purchaseId)
    {
        if (!await ReadAsync(customerId, purchaseId))
            return NotFound();
        if (!TakeForm())
            return BadRequest();
        var note = string.IsNullOrWhiteSpace(Form.Note)
            ? ""
            : await ComposedText.ReadOrNullAsync(dataSources.AdminPages, Form.Note, MaxReasonLength, lineBreaks: false);
        if (note is null)
        {
            ModelState.AddModelError("note", $"Write at most {MaxReasonLength} characters, or nothing.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var reply = await store.ApprovePurchaseAsync(new ApproveRequest(
            Purchase.CustomerId, Purchase.PurchaseId, Form.RaiseBy, Guid.Parse(Form.RaiseId!), note, User.AdminActor()));
        if (reply.Outcome == ApproveOutcome.RaiseGrew)
        {
            // The customer may have bought meanwhile: what was read is what is approved, or less.
            RaiseShown = Form.RaiseBy;
            Form = Form with
            {
                RaiseShown = HiddenAmount.Text(reply.RaisedBy!.Value),
                Raises = await NeededRaise.ReadAsync(dataSources, Purchase.CustomerId, Purchase.Total),
            };
            return this.PageWith(StatusCodes.Status409Conflict);
        }

        return await AnswerAsync(reply.Outcome, "confirmed", note, reply.RaisedBy > 0
            ? $"Purchase {Purchase.PurchaseNumber} is approved: {RaisedInWords(reply.RaisedBy.Value)}"
            : $"Purchase {Purchase.PurchaseNumber} is approved.");
    }

    public async Task<IActionResult> OnPostDeclineAsync([FromRoute] string customerId, [FromRoute] string purchaseId)
    {
        if (!await ReadAsync(customerId, purchaseId))
            return NotFound();
        if (!TakeForm())
            return BadRequest();
        if (await ComposedText.ReadOrNullAsync(dataSources.AdminPages, Form.Reason, MaxReasonLength, lineBreaks: false) is not { } reason)
        {
            ModelState.AddModelError("reason", $"Say why, in 1 to {MaxReasonLength} characters.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var reply = await store.DeclinePurchaseAsync(Purchase.CustomerId, Purchase.PurchaseId, reason, User.AdminActor());
        return await AnswerAsync(AsApproval(reply.Outcome), "refused", reason, $"Purchase {Purchase.PurchaseNumber} is declined.");
    }

    private string RaisedInWords(decimal raisedBy) => Form.Raises switch
    {
        { Count: > 1 } several =>
            $"the {string.Join(" and the ", several.Select(raise => LimitWords.Of(raise.WindowName)))} were raised, by {Display.Money(raisedBy)} at most, for it alone, and are what they were before.",
        [{ WindowName: not "lifetime" } one] => $"the {LimitWords.Of(one.WindowName)} was raised by {Display.Money(raisedBy)} for it alone, and is what it was before.",
        _ => $"the limit was raised by {Display.Money(raisedBy)} for it alone, and is what it was before.",
    };

    /// <param name="outcome">How it ended; declining ends as approving does.</param>
    /// <param name="status">What this admin wanted it to become.</param>
    /// <param name="reason">As this admin wrote it.</param>
    /// <param name="sentence">For where it became that.</param>
    private async Task<IActionResult> AnswerAsync(ApproveOutcome outcome, string status, string reason, string sentence)
    {
        Outcome = outcome;
        switch (outcome)
        {
            case ApproveOutcome.Approved:
                TempData["notice-good"] = sentence;
                return new SeeOtherResult("/admin/requests");
            case ApproveOutcome.AlreadyDecided:
                await ReadPurchaseAsync(Purchase.CustomerId, Purchase.PurchaseId);
                // The same form sent twice, as a double click does: what this admin wanted is so.
                if (Purchase.Events[^1] is var last && last.Kind == $"purchase_{status}" && last.Actor == User.AdminActor() && last.Reason == reason)
                    goto case ApproveOutcome.Approved;
                return this.PageWith(StatusCodes.Status409Conflict);
            case ApproveOutcome.ProductUnavailable or ApproveOutcome.NeedsSecondAdmin:
                return this.PageWith(StatusCodes.Status409Conflict);
            case ApproveOutcome.OwnRequest:
                return this.PageWith(StatusCodes.Status403Forbidden);
            case ApproveOutcome.UnknownPurchase:
                return NotFound();
            case ApproveOutcome.Busy:
                Response.Headers.RetryAfter = "1";
                return this.PageWith(StatusCodes.Status429TooManyRequests);
            case ApproveOutcome.InDoubt:
                Response.Headers.RetryAfter = "5";
                return this.PageWith(StatusCodes.Status503ServiceUnavailable);
            default:
                throw new InvalidOperationException($"A decision ended as {outcome}.");
        }
    }

    private static ApproveOutcome AsApproval(DeclineOutcome outcome) => outcome switch
    {
        DeclineOutcome.Declined => ApproveOutcome.Approved,
        DeclineOutcome.AlreadyDecided => ApproveOutcome.AlreadyDecided,
        DeclineOutcome.OwnRequest => ApproveOutcome.OwnRequest,
        DeclineOutcome.UnknownPurchase => ApproveOutcome.UnknownPurchase,
        DeclineOutcome.Busy => ApproveOutcome.Busy,
        DeclineOutcome.InDoubt => ApproveOutcome.InDoubt,
        _ => throw new InvalidOperationException($"decline_purchase ended as {outcome}."),
    };

    private bool TakeForm()
    {
        if (DecisionForm.ReadOrNull(Request.Form) is not { } sent)
            return false;
        Form = sent with { CustomerId = Purchase.CustomerId, PurchaseId = Purchase.PurchaseId, PurchaseNumber = Purchase.PurchaseNumber, Raises = Form.Raises };
        return true;
    }

    private async Task<bool> ReadAsync(string customer, string purchase)
    {
        if (!StrictInput.TryId(customer, out var customerId)
            || !Guid.TryParseExact(purchase, "D", out var purchaseId)
            || !await ReadPurchaseAsync(customerId, purchaseId))
            return false;

        Form = DecisionForm.For(Purchase, await NeededRaise.ReadAsync(dataSources, Purchase.CustomerId, Purchase.Total));
        return true;
    }

    private async Task<bool> ReadPurchaseAsync(long customerId, Guid purchaseId)
    {
        if (await AdminPurchaseReading.ReadOrNullAsync(dataSources, customerId, purchaseId) is not { } reading)
            return false;
        Purchase = reading;
        Customer = (await CustomerRow.ReadAsync(dataSources, customerId))!;
        Limits = [.. (await LimitRow.ReadAsync(dataSources, customerId)).Where(limit => !limit.IsNone)];
        return true;
    }
}
