using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Where a raise that somebody asked for is approved, denied or taken back.</summary>
[RequiresRecentPassword]
public sealed class DecideLimitModel(StoreDataSources dataSources, Store store) : PageModel
{
    public const int MaxReasonLength = 500;

    public LimitRequestRow Ask { get; private set; } = null!;

    public string Zone { get; private set; } = "";

    public LimitDecisionForm Form { get; private set; } = new();

    /// <summary>The admin who reads this, as the ledger names them.</summary>
    public string Me => User.AdminActor();

    /// <summary>How the last attempt ended, where it has to be said on this page.</summary>
    public LimitApprovalOutcome? Outcome { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromRoute] string customerId, [FromRoute] string requestId) =>
        await ReadAsync(customerId, requestId) ? Page() : NotFound();

    public async Task<IActionResult> OnPostApproveAsync([FromRoute] string customerId, [FromRoute] string requestId)
    {
        if (!await ReadAsync(customerId, requestId))
            return NotFound();
        if (LimitDecisionForm.ReadOrNull(Request.Form) is not { MayApprove: true } sent)
            return BadRequest();

        Form = sent;
        var limitAfter = LimitInput.Read(ModelState, Form.LimitAfter, Form.IsNoLimit);
        // As it was offered it is that very moment, which the text says to the second only.
        var until = Form.Until == Ask.OfferedToText
            ? new StoreMoment.Reading(Ask.OfferedTo, false, null)
            : await StoreMoment.ReadAsync(dataSources.AdminPages, Form.Until, isEnd: true);
        if (until.Trouble is not null)
            ModelState.AddModelError("until", until.Trouble);
        var note = string.IsNullOrWhiteSpace(Form.Note)
            ? ""
            : await ComposedText.ReadOrNullAsync(dataSources.AdminPages, Form.Note, MaxReasonLength, lineBreaks: false);
        if (note is null)
            ModelState.AddModelError("note", $"Write at most {MaxReasonLength} characters, or nothing.");
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        var reply = await store.ApproveLimitRequestAsync(new LimitApproval(
            Ask.CustomerId, Ask.LimitRequestId, Guid.Parse(Form.LimitChangeId!), limitAfter, until.Moment, note!, Me));
        Outcome = reply.Outcome;
        var limit = $"{LimitWords.Amount(limitAfter)} as the {LimitWords.Of(Ask.WindowName)} of {Ask.DisplayName}";
        switch (reply.Outcome)
        {
            case LimitApprovalOutcome.Approved:
                return Done($"Approved: {limit}, at once.");
            case LimitApprovalOutcome.Scheduled:
                return Done($"Approved: {limit}. It begins {Utc(reply.ValidFrom!.Value)}; the customer may take it back until then.");
            case LimitApprovalOutcome.NeedsSecondAdmin:
                return Done($"Your approval of {limit} is noted; a second admin has to approve the same amount.");
            case LimitApprovalOutcome.AlreadyDecided:
                await ReadAgainAsync();
                // The same form sent twice, as a double click does: what this admin wanted is so.
                return Ask.Status == "approved" && Ask.DecidedBy == Me && Ask.LimitGranted == limitAfter && Ask.GrantedTo == until.Moment
                    ? Done($"Approved: {limit}.")
                    : this.PageWith(StatusCodes.Status409Conflict);
            case LimitApprovalOutcome.NotARaise:
                ModelState.AddModelError("limitAfter", $"The {LimitWords.Of(Ask.WindowName)} is {LimitWords.Amount(Ask.LimitAmount)} by now: this is no raise.");
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case LimitApprovalOutcome.EndsInPast:
                ModelState.AddModelError("until", "It would end before it begins. Choose a later day, or leave it empty.");
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case LimitApprovalOutcome.OwnRequest or LimitApprovalOutcome.NeedsRight:
                return this.PageWith(StatusCodes.Status403Forbidden);
            case LimitApprovalOutcome.UnknownRequest:
                return NotFound();
            case LimitApprovalOutcome.Busy:
                return this.PageBusy();
            case LimitApprovalOutcome.InDoubt:
                return this.PageInDoubt();
            default:
                throw new InvalidOperationException($"approve_limit_request ended as {reply.Outcome}.");
        }
    }

    public async Task<IActionResult> OnPostDenyAsync([FromRoute] string customerId, [FromRoute] string requestId)
    {
        if (!await ReadAsync(customerId, requestId))
            return NotFound();
        if (!TakeForm())
            return BadRequest();
        if (await ComposedText.ReadOrNullAsync(dataSources.AdminPages, Form.Reason, MaxReasonLength, lineBreaks: false) is not { } reason)
        {
            ModelState.AddModelError("reason", $"Say why, in 1 to {MaxReasonLength} characters.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var reply = await store.DenyLimitRequestAsync(Ask.CustomerId, Ask.LimitRequestId, reason, Me);
        return await ClosedAsync(reply.Outcome, "denied", $"Denied: {LimitWords.Amount(Ask.LimitWanted)} as the {LimitWords.Of(Ask.WindowName)} of {Ask.DisplayName}.");
    }

    /// <summary>Takes back what this admin asked for.</summary>
    public async Task<IActionResult> OnPostCancelAsync([FromRoute] string customerId, [FromRoute] string requestId)
    {
        if (!await ReadAsync(customerId, requestId))
            return NotFound();
        if (!TakeForm())
            return BadRequest();

        var reply = await store.CancelLimitRequestAsync(Ask.CustomerId, Ask.LimitRequestId, Me);
        return await ClosedAsync(reply.Outcome, "cancelled", $"Your request for {LimitWords.Amount(Ask.LimitWanted)} as the {LimitWords.Of(Ask.WindowName)} of {Ask.DisplayName} was taken back.");
    }

    private async Task<IActionResult> ClosedAsync(LimitRequestClosedOutcome outcome, string status, string sentence)
    {
        switch (outcome)
        {
            case LimitRequestClosedOutcome.Denied or LimitRequestClosedOutcome.Cancelled:
                return Done(sentence);
            case LimitRequestClosedOutcome.AlreadyDecided:
                Outcome = LimitApprovalOutcome.AlreadyDecided;
                await ReadAgainAsync();
                return Ask.Status == status && Ask.DecidedBy == Me ? Done(sentence) : this.PageWith(StatusCodes.Status409Conflict);
            case LimitRequestClosedOutcome.OwnRequest:
                Outcome = LimitApprovalOutcome.OwnRequest;
                return this.PageWith(StatusCodes.Status403Forbidden);
            case LimitRequestClosedOutcome.UnknownRequest:
                return NotFound();
            case LimitRequestClosedOutcome.Busy:
                return this.PageBusy();
            case LimitRequestClosedOutcome.InDoubt:
                return this.PageInDoubt();
            default:
                throw new InvalidOperationException($"A request for a raise ended as {outcome}.");
        }
    }

    // A notice is text, so it cannot name the reader's own zone as <at> does.
    private static string Utc(DateTimeOffset moment) =>
        moment.ToUniversalTime().ToString("d MMM yyyy, HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture);

    private SeeOtherResult Done(string sentence)
    {
        TempData["notice-good"] = sentence;
        return new SeeOtherResult("/admin/requests");
    }

    private bool TakeForm()
    {
        if (LimitDecisionForm.ReadOrNull(Request.Form) is not { } sent)
            return false;
        // The form to approve keeps what it offers.
        Form = Form with { Reason = sent.Reason };
        return true;
    }

    private async Task<bool> ReadAsync(string customer, string request)
    {
        if (!StrictInput.TryId(customer, out var customerId)
            || !Guid.TryParseExact(request, "D", out var requestId)
            || await LimitRequestRow.ReadOrNullAsync(dataSources.AdminPages, customerId, requestId) is not { } ask)
            return false;

        Ask = ask;
        Form = LimitDecisionForm.For(ask);
        Zone = await StoreMoment.ZoneAsync(dataSources.AdminPages);
        return true;
    }

    private async Task ReadAgainAsync() =>
        Ask = (await LimitRequestRow.ReadOrNullAsync(dataSources.AdminPages, Ask.CustomerId, Ask.LimitRequestId))!;
}
