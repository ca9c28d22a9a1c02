using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

[RequiresRecentPassword]
public sealed class ChangeLimitModel(StoreDataSources dataSources, Store store) : PageModel
{
    public const int MaxReasonLength = 500;

    public CustomerRow Customer { get; private set; } = null!;

    public ChangeLimitForm Form { get; private set; } = new();

    /// <summary>Set when the new limit is below what is bought and nobody has ticked yet that this is meant.</summary>
    public decimal? LimitToUnderstand { get; private set; }

    /// <summary>What happened to the last attempt, where it has to be said on this page.</summary>
    public LimitChangeOutcome? Outcome { get; private set; }

    public decimal LimitShown { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromRoute] string id)
    {
        if (!StrictInput.TryId(id, out var customerId) || await CustomerRow.ReadAsync(dataSources, customerId) is not { } customer)
            return NotFound();

        Customer = customer;
        Form = ChangeLimitForm.For(customer.LimitAmount, customer.LimitSequenceNumber);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync([FromRoute] string id, [FromForm] ChangeLimitForm form)
    {
        if (!StrictInput.TryId(id, out var customerId) || await CustomerRow.ReadAsync(dataSources, customerId) is not { } customer)
            return NotFound();
        if (!form.TryReadHidden(out var limitChangeId, out var limitBefore, out var limitSequenceNumber))
            return BadRequest();

        (Customer, Form, LimitShown) = (customer, form, limitBefore);
        if (!StrictInput.TryAmount(form.LimitAfter, out var limitAfter))
            ModelState.AddModelError("limitAfter", "Write an amount in dollars, like 750 or 750.50.");
        var reason = await ComposedText.ReadOrNullAsync(dataSources.AdminPages, form.Reason, MaxReasonLength, lineBreaks: true);
        if (reason is null)
            ModelState.AddModelError("reason", $"Say why, in 1 to {MaxReasonLength} characters.");
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        if (limitAfter < customer.Amount + customer.Held && !form.IsUnderstood(limitAfter))
        {
            LimitToUnderstand = limitAfter;
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var reply = await store.ChangeLimitAsync(new LimitChangeRequest(
            customerId, limitChangeId, LimitWindow.Lifetime, limitSequenceNumber, limitAfter, null, null, reason!, User.AdminActor()));
        Outcome = reply.Outcome;
        switch (reply.Outcome)
        {
            case LimitChangeOutcome.Changed or LimitChangeOutcome.AlreadyRecorded:
                TempData["notice-good"] = $"The limit of {customer.DisplayName} was changed from {Display.Money(limitBefore)} to {Display.Money(limitAfter)}.";
                return new SeeOtherResult($"/admin/customers/{customerId}");
            case LimitChangeOutcome.ChangedMeanwhile:
                // Read again, because the one above may be as old as what the form showed. Not ticked: it may mean another thing now.
                Customer = (await CustomerRow.ReadAsync(dataSources, customerId))!;
                Form = form with { LimitBefore = ChangeLimitForm.Text(Customer.LimitAmount), LimitSequenceNumber = ChangeLimitForm.For(0, Customer.LimitSequenceNumber).LimitSequenceNumber, Understood = null };
                return this.PageWith(StatusCodes.Status409Conflict);
            case LimitChangeOutcome.Unchanged:
                ModelState.AddModelError("limitAfter", $"The limit is {Display.Money(limitAfter)} already.");
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case LimitChangeOutcome.KeyReused:
                Form = form with { LimitChangeId = ChangeLimitForm.For(0, 0).LimitChangeId, Understood = null };
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case LimitChangeOutcome.UnknownCustomer:
                return NotFound();
            case LimitChangeOutcome.Busy:
                Response.Headers.RetryAfter = "1";
                return this.PageWith(StatusCodes.Status429TooManyRequests);
            case LimitChangeOutcome.InDoubt:
                Response.Headers.RetryAfter = "5";
                return this.PageWith(StatusCodes.Status503ServiceUnavailable);
            default:
                throw new InvalidOperationException($"change_limit ended as {reply.Outcome}.");
        }
    }
}
