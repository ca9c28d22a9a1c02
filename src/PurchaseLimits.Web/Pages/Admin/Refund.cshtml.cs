using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

[RequiresRecentPassword]
public sealed class RefundModel(StoreDataSources dataSources, Store store) : PageModel
{
    public const int MaxReasonLength = 500;

    public AdminPurchaseReading Purchase { get; private set; } = null!;
    public CustomerRow Customer { get; private set; } = null!;
    public RefundForm Form { get; private set; } = new();

    /// <summary>How the last attempt ended, where it has to be said on this page.</summary>
    public RefundOutcome? Outcome { get; private set; }

    /// <summary>Another refund was saved since the page before this one was rendered: US dollars.</summary>
    public decimal? RefundedMeanwhile { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromRoute] string customerId, [FromRoute] string purchaseId)
    {
        if (!await ReadAsync(customerId, purchaseId))
            return NotFound();
        Form = RefundForm.For(Purchase);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync([FromRoute] string customerId, [FromRoute] string purchaseId)
    {
        if (!await ReadAsync(customerId, purchaseId))
            return NotFound();
        if (RefundForm.ReadOrNull(Request.Form, Purchase) is not { } form)
            return BadRequest();

        Form = form;
        var (amount, lines) = form.Read(Purchase, ModelState.AddModelError);
        var reason = await ComposedText.ReadOrNullAsync(dataSources.AdminPages, form.Reason, MaxReasonLength, lineBreaks: true);
        if (reason is null)
            ModelState.AddModelError("reason", $"Say why, in 1 to {MaxReasonLength} characters.");
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        // Not this form sent twice: somebody else's. What never passes the purchase is the function's to say; this only
        // shows it to whoever could not have known.
        if (Purchase.Refunded > form.RefundedBefore && Purchase.Refunds.All(refund => refund.RefundId != form.RefundId))
        {
            RefundedMeanwhile = Purchase.Refunded - form.RefundedBefore;
            Form = form with { RefundedBefore = Purchase.Refunded };
            return this.PageWith(StatusCodes.Status409Conflict);
        }

        var reply = await store.RefundPurchaseAsync(new RefundRequest(
            Purchase.CustomerId, Purchase.PurchaseId, form.RefundId, amount, lines, reason!, User.AdminActor()));
        return await AnswerAsync(reply);
    }

    private async Task<IActionResult> AnswerAsync(RefundReply reply)
    {
        Outcome = reply.Outcome;
        switch (reply.Outcome)
        {
            case RefundOutcome.Refunded or RefundOutcome.AlreadyRecorded:
                var left = reply.Refundable > 0 ? $"{Display.Money(reply.Refundable.Value)} of it may still be refunded." : "All of it is refunded.";
                TempData["notice-good"] = $"Refunded {Display.Money(reply.RefundedAmount ?? 0)} of purchase {Purchase.PurchaseNumber} to {Customer.DisplayName}. "
                    + $"{(reply.Restored > 0 ? "It no longer counts toward the customer's limit." : "It still counts toward the customer's limit.")} {left}";
                return new SeeOtherResult($"/admin/purchases/{Purchase.CustomerId}/{Purchase.PurchaseId:D}");
            case RefundOutcome.ExceedsPurchase or RefundOutcome.NothingToRefund:
                await ReadAgainAsync();
                Form = Form with { RefundedBefore = Purchase.Refunded };
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case RefundOutcome.KeyReused:
                await ReadAgainAsync();
                // What was typed stays; it is another refund, so it gets another key.
                Form = Form with { RefundId = RefundForm.For(Purchase).RefundId, RefundedBefore = Purchase.Refunded };
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case RefundOutcome.NotRefundable:
                await ReadAgainAsync();
                return this.PageWith(StatusCodes.Status409Conflict);
            case RefundOutcome.UnknownPurchase:
                return NotFound();
            case RefundOutcome.Busy:
                Response.Headers.RetryAfter = "1";
                return this.PageWith(StatusCodes.Status429TooManyRequests);
            case RefundOutcome.InDoubt:
                Response.Headers.RetryAfter = "5";
                return this.PageWith(StatusCodes.Status503ServiceUnavailable);
            default:
                throw new InvalidOperationException($"refund_purchase ended as {reply.Outcome}.");
        }
    }

    private async Task<bool> ReadAsync(string customer, string purchase)
    {
        if (!StrictInput.TryId(customer, out var customerId)
            || !Guid.TryParseExact(purchase, "D", out var purchaseId)
            || await AdminPurchaseReading.ReadOrNullAsync(dataSources, customerId, purchaseId) is not { } reading)
            return false;

        Purchase = reading;
        Customer = (await CustomerRow.ReadAsync(dataSources, customerId))!;
        return true;
    }

    // What is written is never deleted.
    private async Task ReadAgainAsync() =>
        Purchase = (await AdminPurchaseReading.ReadOrNullAsync(dataSources, Purchase.CustomerId, Purchase.PurchaseId))!;
}
