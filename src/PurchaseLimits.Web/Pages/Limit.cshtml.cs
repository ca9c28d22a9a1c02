using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>A customer's own limits: see them, lower them at once, ask for more.</summary>
[Authorize(Policy = AccountServices.CustomersOnly)]
public sealed class LimitModel(Store store, StoreDataSources dataSources) : PageModel
{
    /// <summary>Characters of a note to an admin.</summary>
    public const int MaxNoteLength = 500;

    public OwnLimits Own { get; private set; } = null!;

    public LowerLimitForm Lower { get; private set; } = LowerLimitForm.For(LimitWindow.Lifetime);

    public RaiseLimitForm Raise { get; private set; } = RaiseLimitForm.For(LimitWindow.Lifetime);

    /// <summary>What would be lowered, and is to be confirmed; null where nothing is.</summary>
    public (OwnLimit Limit, decimal LimitAfter)? ToConfirm { get; private set; }

    /// <summary>3 days, 12 hours: from the yes to a raise to its beginning.</summary>
    public string RaiseDelayInWords => Own.RaiseDelay switch
    {
        { TotalDays: >= 2 } delay => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(delay.TotalDays):0} days"),
        { TotalHours: > 1 } delay => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(delay.TotalHours):0} hours"),
        _ => "up to an hour",
    };

    /// <summary>Why what was asked for was not done.</summary>
    public string? Problem { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromQuery] string? window)
    {
        if (!LimitFormFields.TryWindow(window ?? LimitWindow.Lifetime.SqlName(), out var preset))
            return BadRequest();

        Lower = LowerLimitForm.For(preset);
        Raise = RaiseLimitForm.For(preset);
        await ReadAsync();
        return Page();
    }

    public async Task<IActionResult> OnPostLowerAsync([FromForm] LowerLimitForm form)
    {
        if (!Guid.TryParseExact(form.LimitChangeId, "D", out var limitChangeId) || !LimitFormFields.TryWindow(form.Window, out var window))
            return BadRequest();

        Lower = form;
        await ReadAsync();
        if (!StrictInput.TryAmount(form.LimitAfter, out var limitAfter))
            return Refuse("limitAfter", $"{LimitFormFields.AmountHint} Nothing was changed.");
        var limit = Own.Of(window);
        var isConfirmed = form.Confirmed == LowerLimitForm.ConfirmationOf(window, limitAfter);
        if (!isConfirmed)
        {
            if (limitAfter >= limit.LimitAmount)
                return NotLower(limit);
            ToConfirm = (limit, limitAfter);
            return Page();
        }

        var reply = await store.LowerOwnLimitAsync(User.CustomerId(), limitChangeId, window, limitAfter);
        switch (reply.Outcome)
        {
            case LimitChangeOutcome.Changed or LimitChangeOutcome.AlreadyRecorded:
                return Done("notice-good", $"Your {LimitWords.Name(window)} was lowered to {Display.Money(limitAfter)}. {Now(reply, window)}");
            case LimitChangeOutcome.NotLower or LimitChangeOutcome.Unchanged:
                await ReadAsync();
                return NotLower(Own.Of(window));
            case LimitChangeOutcome.KeyReused:
                Lower = form with { LimitChangeId = LowerLimitForm.NewId() };
                ToConfirm = (limit, limitAfter);
                Problem = "Nothing was changed now: this page had lowered a limit before. Look at what it is now, and confirm once more if you still want this.";
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case LimitChangeOutcome.UnknownCustomer:
                return NotFound();
            case LimitChangeOutcome.Busy:
                ToConfirm = (limit, limitAfter);
                return Busy();
            case LimitChangeOutcome.InDoubt:
                ToConfirm = (limit, limitAfter);
                return InDoubt();
            default:
                throw new InvalidOperationException($"lower_own_limit ended as {reply.Outcome}.");
        }
    }

    public async Task<IActionResult> OnPostRaiseAsync([FromForm] RaiseLimitForm form)
    {
        if (!Guid.TryParseExact(form.LimitRequestId, "D", out var limitRequestId) || !LimitFormFields.TryWindow(form.Window, out var window))
            return BadRequest();

        Raise = form;
        await ReadAsync();
        if (!StrictInput.TryAmount(form.LimitWanted, out var limitWanted))
            ModelState.AddModelError("limitWanted", $"{LimitFormFields.AmountHint} Nothing was sent.");
        DateTimeOffset? validTo = null;
        if (!string.IsNullOrEmpty(form.Until))
        {
            if (DateOnly.TryParseExact(form.Until, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var until) && until.Year is > 2000 and < 9999)
                validTo = await EndOfDayAsync(until);
            else
                ModelState.AddModelError("until", "Write a day like 2027-01-31, or nothing. Nothing was sent.");
        }

        var note = await ComposedText.ReadOrNullAsync(dataSources.Pages, form.Note, MaxNoteLength, lineBreaks: true);
        if (note is null)
            ModelState.AddModelError("note", $"Write 1 to {MaxNoteLength} characters for the admin. Nothing was sent.");
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        var reply = await store.RequestOwnLimitAsync(
            new LimitRaiseRequest(User.CustomerId(), limitRequestId, window, limitWanted, validTo, note!));
        switch (reply.Outcome)
        {
            case LimitRaiseOutcome.Requested or LimitRaiseOutcome.AlreadyRecorded:
                return Done("notice-good", "Your request was sent. The answer will be here, and you will get a mail.");
            case LimitRaiseOutcome.AlreadyPending:
                await ReadAsync();
                return Refuse("window", $"You asked for a higher {LimitWords.Name(window)} already, and an admin has yet to answer. Take that back first to ask for something else.");
            case LimitRaiseOutcome.NotARaise:
                return Refuse("limitWanted", reply.LimitAmount == Limit.None
                    ? $"You have no {LimitWords.Name(window)}, so there is nothing to raise."
                    : $"Your {LimitWords.Name(window)} is {LimitWords.Amount(reply.LimitAmount ?? 0)} already. Ask for more than that, or lower it above.");
            case LimitRaiseOutcome.EndsInPast:
                return Refuse("until", "That day is over. Write a later one, or nothing.");
            case LimitRaiseOutcome.KeyReused:
                Raise = form with { LimitRequestId = LowerLimitForm.NewId() };
                Problem = "Nothing was sent now: this page had sent another request before. It is below; send this one once more if you still want it.";
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case LimitRaiseOutcome.UnknownCustomer:
                return NotFound();
            case LimitRaiseOutcome.Busy:
                return Busy();
            case LimitRaiseOutcome.InDoubt:
                return InDoubt();
            default:
                throw new InvalidOperationException($"request_own_limit ended as {reply.Outcome}.");
        }
    }

    /// <summary>Takes a request back that waits.</summary>
    public async Task<IActionResult> OnPostCancelAsync([FromForm] string? limitRequestId)
    {
        if (!Guid.TryParseExact(limitRequestId, "D", out var id))
            return BadRequest();

        var reply = await store.CancelOwnLimitRequestAsync(User.CustomerId(), id);
        switch (reply.Outcome)
        {
            case LimitRequestClosedOutcome.Cancelled:
                return Done("notice-good", "Taken back. Your limit stays what it is.");
            case LimitRequestClosedOutcome.AlreadyDecided:
                return Done("notice-warn", reply.Status == "cancelled"
                    ? "You took it back already."
                    : "It was too late to take it back: an admin had answered. The answer is below.");
            case LimitRequestClosedOutcome.UnknownRequest:
                return NotFound();
            case LimitRequestClosedOutcome.Busy:
                await ReadAsync();
                return Busy();
            case LimitRequestClosedOutcome.InDoubt:
                await ReadAsync();
                return InDoubt();
            default:
                throw new InvalidOperationException($"cancel_own_limit_request ended as {reply.Outcome}.");
        }
    }

    /// <summary>Takes a raise back that was granted and has not begun.</summary>
    public async Task<IActionResult> OnPostEndAsync([FromForm] string? limitChangeId)
    {
        if (!Guid.TryParseExact(limitChangeId, "D", out var id))
            return BadRequest();

        var reply = await store.EndOwnLimitChangeAsync(User.CustomerId(), id);
        switch (reply.Outcome)
        {
            case LimitEndOutcome.Ended:
                return Done("notice-good", "Taken back: it will not begin.");
            case LimitEndOutcome.AlreadyEnded:
                return Done("notice-warn", "It was taken back already.");
            case LimitEndOutcome.TooLate:
                return Done("notice-warn", "It was too late to take it back: it is in force, or it is not yours to take back. You can lower your limit at any time.");
            case LimitEndOutcome.UnknownChange:
                return NotFound();
            case LimitEndOutcome.Busy:
                await ReadAsync();
                return Busy();
            case LimitEndOutcome.InDoubt:
                await ReadAsync();
                return InDoubt();
            default:
                throw new InvalidOperationException($"end_own_limit_change ended as {reply.Outcome}.");
        }
    }

    private static string Now(LimitChangeReply reply, LimitWindow window) => reply switch
    {
        { LimitAmount: null } => "",
        { OverBy: > 0 and var over } =>
            $"You are over it by {Display.Money(over)}: what you order next is refused until it {(window == LimitWindow.Lifetime ? "is raised" : "resets")}.",
        _ => $"You have {LimitWords.Left(reply.LeftAmount ?? 0, window)}.",
    };

    private PageResult NotLower(OwnLimit limit) => Refuse("limitAfter", limit.LimitAmount == 0
        ? $"Your {LimitWords.Name(limit.Window)} is $0.00 already: you may not buy. It cannot be lowered further."
        : $"Your {LimitWords.Name(limit.Window)} is {Display.Money(limit.LimitAmount)}. Write less than that; for more, ask below. Nothing was changed.");

    private PageResult Refuse(string field, string sentence)
    {
        ModelState.AddModelError(field, sentence);
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }

    private SeeOtherResult Done(string kind, string sentence)
    {
        TempData[kind] = sentence;
        return new SeeOtherResult("/limit");
    }

    private PageResult Busy()
    {
        Problem = "The store is busy with your orders at this moment, so nothing was changed. Please send it again in a second.";
        Response.Headers.RetryAfter = "1";
        return this.PageWith(StatusCodes.Status429TooManyRequests);
    }

    private PageResult InDoubt()
    {
        Problem = "We do not know yet whether this went through. Sending it again as it is is safe: it will not be done twice.";
        Response.Headers.RetryAfter = "2";
        return this.PageWith(StatusCodes.Status503ServiceUnavailable);
    }

    private async Task ReadAsync() => Own = await OwnLimits.ReadAsync(dataSources, User.CustomerId());

    // The day belongs to it, so it ends when the next one begins, where the store's days begin.
    private async Task<DateTimeOffset> EndOfDayAsync(DateOnly day)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        return await connection.QuerySingleAsync<DateTimeOffset>(
            "SELECT store.first_moment(@next, s.time_zone) FROM store.store_setting s WHERE s.store_setting_id = 1",
            new { next = day.AddDays(1).ToDateTime(TimeOnly.MinValue, DateTimeKind.Unspecified) });
    }
}
