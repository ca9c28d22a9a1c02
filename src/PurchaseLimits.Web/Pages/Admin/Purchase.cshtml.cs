using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class PurchaseModel(StoreDataSources dataSources, Store store) : PageModel
{
    private const int MaxReasonLength = DecideModel.MaxReasonLength;

    public AdminPurchaseReading Purchase { get; private set; } = null!;
    public CustomerRow Customer { get; private set; } = null!;

    /// <summary>What limits the customer now.</summary>
    public IReadOnlyList<LimitRow> Limits { get; private set; } = [];

    /// <summary>The forms that decide, where it awaits approval.</summary>
    public DecisionForm Decision { get; private set; } = null!;

    /// <summary>How the last attempt to cancel ended, where it has to be said on this page.</summary>
    public CancelOutcome? Outcome { get; private set; }

    /// <summary>Why it should be cancelled, as it was typed.</summary>
    public string? CancelReason { get; private set; }

    /// <summary>There was nothing that a worker could do.</summary>
    public bool WasNotDue { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromRoute] string customerId, [FromRoute] string purchaseId) =>
        await ReadAsync(customerId, purchaseId) ? Page() : NotFound();

    /// <summary>Cancels it where it still waits, which frees what is held for it.</summary>
    public async Task<IActionResult> OnPostCancelAsync(
        [FromRoute] string customerId, [FromRoute] string purchaseId, [FromForm] string[]? reason)
    {
        if (!await ReadAsync(customerId, purchaseId))
            return NotFound();
        CancelReason = reason is [{ } typed] ? typed : null;
        if (await ComposedText.ReadOrNullAsync(dataSources.AdminPages, CancelReason, MaxReasonLength, lineBreaks: false) is not { } why)
        {
            ModelState.AddModelError("reason", $"Say why, in 1 to {MaxReasonLength} characters. Nothing was cancelled.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var held = Purchase.Held;
        var reply = await store.CancelPurchaseAsync(Purchase.CustomerId, Purchase.PurchaseId, why, User.AdminActor());
        Outcome = reply.Outcome;
        switch (reply.Outcome)
        {
            case CancelOutcome.Cancelled or CancelOutcome.AlreadyCancelled:
                TempData["notice-good"] = reply.Outcome == CancelOutcome.Cancelled && held > 0
                    ? $"Purchase {Purchase.PurchaseNumber} is cancelled, and {Display.Money(held)} that was held for it is free again."
                    : $"Purchase {Purchase.PurchaseNumber} is cancelled.";
                return Again();
            case CancelOutcome.TooLate:
                await ReadAsync(customerId, purchaseId);
                return this.PageWith(StatusCodes.Status409Conflict);
            case CancelOutcome.UnknownPurchase:
                return NotFound();
            case CancelOutcome.Busy:
                Response.Headers.RetryAfter = "1";
                return this.PageWith(StatusCodes.Status429TooManyRequests);
            case CancelOutcome.InDoubt:
                Response.Headers.RetryAfter = "5";
                return this.PageWith(StatusCodes.Status503ServiceUnavailable);
            default:
                throw new InvalidOperationException($"cancel_purchase ended as {reply.Outcome}.");
        }
    }

    /// <summary>Has a worker look at it now, where nothing is left to wait for.</summary>
    public async Task<IActionResult> OnPostRetryAsync([FromRoute] string customerId, [FromRoute] string purchaseId)
    {
        if (!await ReadAsync(customerId, purchaseId))
            return NotFound();
        if (!Purchase.IsDue)
        {
            WasNotDue = true;
            return this.PageWith(StatusCodes.Status409Conflict);
        }

        store.PricesWereSet();
        TempData["notice-good"] = $"A worker was told to look at purchase {Purchase.PurchaseNumber} now. Reload this page in a moment to see what became of it.";
        return Again();
    }

    private SeeOtherResult Again() => new($"/admin/purchases/{Purchase.CustomerId}/{Purchase.PurchaseId:D}");

    private async Task<bool> ReadAsync(string customer, string purchase)
    {
        if (!StrictInput.TryId(customer, out var customerId)
            || !Guid.TryParseExact(purchase, "D", out var purchaseId)
            || await AdminPurchaseReading.ReadOrNullAsync(dataSources, customerId, purchaseId) is not { } reading)
            return false;

        Purchase = reading;
        // Who has a purchase is a customer, for ever.
        Customer = (await CustomerRow.ReadAsync(dataSources, customerId))!;
        Limits = [.. (await LimitRow.ReadAsync(dataSources, customerId)).Where(limit => !limit.IsNone)];
        Decision = DecisionForm.For(reading, await NeededRaise.ReadAsync(dataSources, customerId, reading.Total));
        return true;
    }
}
