using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Changes one of a customer's limits, in two steps: what it should be, and, with its effect on the page, whether it should.</summary>
[RequiresRecentPassword]
public sealed class ChangeLimitModel(StoreDataSources dataSources, Store store) : PageModel
{
    public const int MaxReasonLength = 500;

    private const string BeginsInPast = "That moment has passed. Choose a later one, or leave it empty: at once.";

    public CustomerRow Customer { get; private set; } = null!;

    /// <summary>All of the customer's limits, those without an amount too.</summary>
    public IReadOnlyList<LimitRow> Limits { get; private set; } = [];

    public string Zone { get; private set; } = "";

    public ChangeLimitForm Form { get; private set; } = new();

    /// <summary>What the form wants, read; null on the first step.</summary>
    public LimitChangeRequest? Wanted { get; private set; }

    /// <summary>On the second step.</summary>
    public LimitEffect? Effect { get; private set; }

    /// <summary>What happened to the last attempt, where it has to be said on this page.</summary>
    public LimitChangeOutcome? Outcome { get; private set; }

    /// <summary>What became of asking a second admin, where it has to be said on this page.</summary>
    public LimitRaiseOutcome? RaiseOutcome { get; private set; }

    /// <summary>What others did to this customer's limits since the page was shown.</summary>
    public IReadOnlyList<LimitHappening> Meanwhile { get; private set; } = [];

    /// <summary>The one that is to be changed, as it is now.</summary>
    public LimitRow Limit => Limits.Single(limit => limit.WindowName == Form.Window);

    public async Task<IActionResult> OnGetAsync([FromRoute] string id, [FromQuery] string? window)
    {
        if (!LimitWords.TryWindow(window ?? "lifetime", out var chosen))
            return BadRequest();
        if (!await ReadAsync(id))
            return NotFound();

        Form = ChangeLimitForm.For(Customer.LimitSequenceNumber, chosen);
        return Page();
    }

    /// <summary>Shows the effect. Nothing is saved.</summary>
    public async Task<IActionResult> OnPostCheckAsync([FromRoute] string id)
    {
        if (await TakeAsync(id) is { } refused)
            return refused;
        if (Wanted is { ValidFrom: null, ValidTo: null } && Wanted.LimitAfter == Limit.LimitAmount)
            return Unchanged();
        return Page();
    }

    /// <summary>Back to the first step, with what was typed.</summary>
    public async Task<IActionResult> OnPostEditAsync([FromRoute] string id)
    {
        if (!await ReadAsync(id))
            return NotFound();
        if (ChangeLimitForm.ReadOrNull(Request.Form) is not { } form)
            return BadRequest();
        Form = form with { Understood = null };
        return Page();
    }

    public async Task<IActionResult> OnPostAsync([FromRoute] string id)
    {
        if (await TakeAsync(id) is { } refused)
            return refused;
        if (Effect!.OverBy > 0 && !Form.IsUnderstood(Wanted!.LimitAfter))
        {
            ModelState.AddModelError("understood", "Tick this box if you mean it.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var before = Limit.LimitAmount;
        var reply = await store.ChangeLimitAsync(Wanted!);
        Outcome = reply.Outcome;
        switch (reply.Outcome)
        {
            case LimitChangeOutcome.Changed:
                return Done($"The {LimitWords.Of(Wanted!.WindowName)} of {Customer.DisplayName} was changed from {LimitWords.Amount(reply.LimitBefore ?? before)} to {LimitWords.Amount(Wanted.LimitAfter)}.");
            case LimitChangeOutcome.AlreadyRecorded:
                return Done($"The {LimitWords.Of(Wanted!.WindowName)} of {Customer.DisplayName} was changed to {LimitWords.Amount(Wanted.LimitAfter)}.");
            case LimitChangeOutcome.Scheduled:
                return Done($"The {LimitWords.Of(Wanted!.WindowName)} of {Customer.DisplayName} will be {LimitWords.Amount(Wanted.LimitAfter)} from the moment that you set. It can be taken back until then.");
            case LimitChangeOutcome.ChangedMeanwhile:
                Meanwhile = await LimitHappening.ReadSinceAsync(dataSources, Customer.CustomerId, Wanted!.LimitSequenceNumber!.Value);
                // Read again, because the one above may be as old as what the form showed. Not ticked: it may mean another thing now.
                await ReadAsync(id);
                Form = Form with { LimitSequenceNumber = ChangeLimitForm.Text(Customer.LimitSequenceNumber), Understood = null };
                Effect = await LimitEffect.ReadAsync(dataSources, Customer.CustomerId, Limit, Wanted.LimitAfter, Wanted.ValidFrom, Wanted.ValidTo);
                return this.PageWith(StatusCodes.Status409Conflict);
            case LimitChangeOutcome.Unchanged:
                return Unchanged();
            case LimitChangeOutcome.BeginsInPast:
                return Edit("from", BeginsInPast);
            case LimitChangeOutcome.EndsBeforeItBegins:
                return Edit("until", "That is not after it begins.");
            case LimitChangeOutcome.NeedsRight or LimitChangeOutcome.NeedsSecondAdmin:
                return this.PageWith(StatusCodes.Status403Forbidden);
            case LimitChangeOutcome.KeyReused:
                Form = Form with { LimitChangeId = ChangeLimitForm.NewKey(), Understood = null };
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case LimitChangeOutcome.UnknownCustomer:
                return NotFound();
            case LimitChangeOutcome.Busy:
                return Busy();
            case LimitChangeOutcome.InDoubt:
                return InDoubt();
            default:
                throw new InvalidOperationException($"change_limit ended as {reply.Outcome}.");
        }
    }

    /// <summary>Asks a second admin for a raise that one may not grant alone.</summary>
    public async Task<IActionResult> OnPostAskAsync([FromRoute] string id)
    {
        if (await TakeAsync(id) is { } refused)
            return refused;
        if (Wanted!.ValidFrom is not null)
            return Edit("from", "A raise that a second admin approves begins when they approve it. Leave this empty.");

        // The key is the change's: a page asks for it or saves it, and requests have keys of their own.
        var reply = await store.RequestLimitAsync(
            new LimitRaiseRequest(Customer.CustomerId, Wanted.LimitChangeId, Wanted.Window, Wanted.LimitAfter, Wanted.ValidTo, Wanted.Reason),
            Wanted.Actor);
        RaiseOutcome = reply.Outcome;
        switch (reply.Outcome)
        {
            case LimitRaiseOutcome.Requested or LimitRaiseOutcome.AlreadyRecorded:
                return Done($"A second admin was asked to approve {LimitWords.Amount(Wanted.LimitAfter)} as the {LimitWords.Of(Wanted.WindowName)} of {Customer.DisplayName}. Nothing is raised until then.");
            case LimitRaiseOutcome.AlreadyPending:
                return this.PageWith(StatusCodes.Status409Conflict);
            case LimitRaiseOutcome.NotARaise:
                return Edit("limitAfter", $"The {LimitWords.Of(Form.Window!)} is {LimitWords.Amount(reply.LimitAmount ?? Limit.LimitAmount)} already: this is no raise.");
            case LimitRaiseOutcome.NeedsRight:
                return this.PageWith(StatusCodes.Status403Forbidden);
            case LimitRaiseOutcome.EndsInPast:
                return Edit("until", "That moment has passed.");
            case LimitRaiseOutcome.KeyReused:
                Form = Form with { LimitChangeId = ChangeLimitForm.NewKey(), Understood = null };
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case LimitRaiseOutcome.UnknownCustomer:
                return NotFound();
            case LimitRaiseOutcome.Busy:
                return Busy();
            case LimitRaiseOutcome.InDoubt:
                return InDoubt();
            default:
                throw new InvalidOperationException($"request_limit ended as {reply.Outcome}.");
        }
    }

    private SeeOtherResult Done(string sentence)
    {
        TempData["notice-good"] = sentence;
        return new SeeOtherResult($"/admin/customers/{Customer.CustomerId}");
    }

    /// <summary>The first step again, with what was typed and a sentence at a field.</summary>
    private PageResult Edit(string field, string sentence)
    {
        (Wanted, Effect, Outcome, RaiseOutcome) = (null, null, null, null);
        ModelState.AddModelError(field, sentence);
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }

    private PageResult Unchanged() =>
        Edit("limitAfter", $"The {LimitWords.Of(Form.Window!)} is {LimitWords.Amount(Wanted!.LimitAfter)} already.");

    private PageResult Busy()
    {
        Response.Headers.RetryAfter = "1";
        return this.PageWith(StatusCodes.Status429TooManyRequests);
    }

    private PageResult InDoubt()
    {
        Response.Headers.RetryAfter = "5";
        return this.PageWith(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Reads the form; null: it makes sense, and <see cref="Wanted"/> and <see cref="Effect"/> say what it would do.</summary>
    private async Task<IActionResult?> TakeAsync(string id)
    {
        if (!await ReadAsync(id))
            return NotFound();
        if (ChangeLimitForm.ReadOrNull(Request.Form) is not { } form)
            return BadRequest();

        Form = form;
        var limitAfter = LimitInput.Read(ModelState, form.LimitAfter, form.IsNoLimit);
        var from = await StoreMoment.ReadAsync(dataSources.AdminPages, form.From, isEnd: false);
        var until = await StoreMoment.ReadAsync(dataSources.AdminPages, form.Until, isEnd: true);
        if (from.Trouble is not null)
            ModelState.AddModelError("from", from.Trouble);
        else if (from.IsPast)
            ModelState.AddModelError("from", BeginsInPast);
        if (until.Trouble is not null)
            ModelState.AddModelError("until", until.Trouble);
        else if (until.IsPast)
            ModelState.AddModelError("until", "That moment has passed.");
        else if (until.Moment <= from.Moment)
            ModelState.AddModelError("until", "That is not after it begins.");
        var reason = await ComposedText.ReadOrNullAsync(dataSources.AdminPages, form.Reason, MaxReasonLength, lineBreaks: true);
        if (reason is null)
            ModelState.AddModelError("reason", $"Say why, in 1 to {MaxReasonLength} characters.");
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        LimitWords.TryWindow(form.Window, out var window);
        Wanted = new LimitChangeRequest(
            Customer.CustomerId, Guid.Parse(form.LimitChangeId!), window, long.Parse(form.LimitSequenceNumber!, System.Globalization.CultureInfo.InvariantCulture),
            limitAfter, from.Moment, until.Moment, reason!, User.AdminActor());
        Effect = await LimitEffect.ReadAsync(dataSources, Customer.CustomerId, Limit, limitAfter, from.Moment, until.Moment);
        return null;
    }

    private async Task<bool> ReadAsync(string id)
    {
        if (!StrictInput.TryId(id, out var customerId) || await CustomerRow.ReadAsync(dataSources, customerId) is not { } customer)
            return false;

        Customer = customer;
        Limits = await LimitRow.ReadAsync(dataSources, customerId);
        Zone = await StoreMoment.ZoneAsync(dataSources.AdminPages);
        return true;
    }
}
