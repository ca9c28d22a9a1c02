using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>One purchase. What does not exist and what is somebody else's is the same 404 for every handler.</summary>
[Authorize(Policy = AccountServices.CustomersOnly)]
public sealed class PurchaseModel(Store store, CustomerCarts carts, StoreDataSources dataSources) : PageModel
{
    /// <summary>Characters of a note to an admin.</summary>
    public const int MaxNoteLength = 500;

    public sealed record DropInput
    {
        /// <summary>Products of which fewer stay, or none.</summary>
        [FromForm(Name = "product_id")]
        public string[]? ProductId { get; init; }

        /// <summary>How many of each: 0 to what the purchase has.</summary>
        public string[]? Quantity { get; init; }
    }

    public sealed record ApprovalInput
    {
        /// <summary>All of them: a field that was sent twice means nothing.</summary>
        public string[]? Note { get; init; }
    }

    public PurchaseReading Purchase { get; private set; } = null!;

    /// <summary>Why what was asked for was not done.</summary>
    public string? Problem { get; private set; }

    /// <summary>What was typed for an admin and could not be sent.</summary>
    public string Note { get; private set; } = "";

    public async Task<IActionResult> OnGetAsync([FromRoute] Guid id) => await ReadAsync(id) ? Page() : NotFound();

    public async Task<IActionResult> OnPostCancelAsync([FromRoute] Guid id)
    {
        if (!await ReadAsync(id))
            return NotFound();

        var reply = await store.CancelPurchaseAsync(User.CustomerId(), id);
        switch (reply.Outcome)
        {
            case CancelOutcome.Cancelled:
                return Done("notice-good", "Cancelled. Nothing was bought, and nothing is held for it.");
            case CancelOutcome.AlreadyCancelled:
                return Done("notice-warn", "It was cancelled already.");
            case CancelOutcome.TooLate:
                return Done("notice-warn", "It was too late to cancel: this is what had become of it.");
            case CancelOutcome.UnknownPurchase:
                return NotFound();
            case CancelOutcome.Busy:
                return Busy();
            case CancelOutcome.InDoubt:
                return InDoubt();
            default:
                throw new InvalidOperationException($"A cancellation cannot end as {reply.Outcome}.");
        }
    }

    public async Task<IActionResult> OnPostApprovalAsync([FromRoute] Guid id, [FromForm] ApprovalInput input)
    {
        if (!await ReadAsync(id))
            return NotFound();

        Note = input.Note is [{ } typed] ? typed : "";
        if (await ComposedText.ReadOrNullAsync(dataSources.Pages, Note, MaxNoteLength, lineBreaks: true) is not { } note)
        {
            ModelState.AddModelError("note", $"Write 1 to {MaxNoteLength} characters for the admin. Nothing was sent.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var reply = await store.AskApprovalAsync(User.CustomerId(), id, note);
        switch (reply.Outcome)
        {
            case ApprovalOutcome.Asked:
                return Done("notice-good", "Your note was sent. The answer will be here, and you will get a mail.");
            case ApprovalOutcome.AlreadyAsked:
                return Done("notice-warn", "You asked already, and an admin has yet to answer.");
            case ApprovalOutcome.AskedBefore:
                return Done("notice-warn", "An admin was asked about this purchase before, and that answer stands. You can order it again.");
            case ApprovalOutcome.FitsNow:
                return Done("notice-warn", "It fits into what you have left by now, so nobody need approve it. Put it into the cart and order it.");
            case ApprovalOutcome.PriceMissing:
                return Done("notice-warn", "A product in it has no price yet, and nobody can approve a sum that is not known. Leave it out, or order again once it has one.");
            // What is not decided yet is no purchase to that function.
            case ApprovalOutcome.NotRefusedForLimit:
            case ApprovalOutcome.UnknownPurchase:
                return Done("notice-warn", "Only what was refused for your limit can be put before an admin, and this is not.");
            case ApprovalOutcome.Busy:
                return Busy();
            case ApprovalOutcome.InDoubt:
                return InDoubt();
            default:
                throw new InvalidOperationException($"A question to an admin cannot end as {reply.Outcome}.");
        }
    }

    /// <summary>Puts the purchase into the cart without what the button named.</summary>
    public async Task<IActionResult> OnPostDropAsync([FromRoute] Guid id, [FromForm] DropInput input)
    {
        if (!await ReadAsync(id))
            return NotFound();
        if (input is not { ProductId.Length: >= 1, Quantity: not null } || input.ProductId.Length != input.Quantity.Length)
            return BadRequest();

        var keep = new Dictionary<long, int>();
        foreach (var (product, text) in input.ProductId.Zip(input.Quantity))
        {
            var quantity = 0;
            if (!StrictInput.TryId(product, out var productId)
                || (text != "0" && !StrictInput.TryQuantity(text, out quantity))
                || !(Purchase.Lines.SingleOrDefault(line => line.ProductId == productId) is { } line && quantity < line.Quantity)
                || !keep.TryAdd(productId, quantity))
            {
                return BadRequest();
            }
        }

        return await IntoCartAsync(line => !keep.TryGetValue(line.ProductId, out var quantity) ? line.Entry
            : quantity > 0 ? line.Entry with { Quantity = quantity } : null);
    }

    /// <summary>Puts all of the purchase into the cart.</summary>
    public async Task<IActionResult> OnPostAgainAsync([FromRoute] Guid id) =>
        await ReadAsync(id) ? await IntoCartAsync(line => line.Entry) : NotFound();

    private async Task<IActionResult> IntoCartAsync(Func<PurchaseLine, CartEntry?> entry)
    {
        var (change, leftOut) = await carts.ReplaceAsync(User.CustomerId(), Purchase.Lines.ToDictionary(line => line.ProductId, entry));
        switch (change)
        {
            case CartChange.Full:
                TempData["notice-warn"] = $"A cart holds {Carts.MaxProducts} different products, and not all of the purchase has room in yours. Nothing was changed.";
                break;
            case CartChange.NotSold:
                TempData["notice-warn"] = "None of it is sold any more. Your cart is as it was.";
                break;
            default:
                TempData["notice-good"] = "It is in your cart, at the prices of now.";
                if (leftOut.Count > 0)
                    TempData["notice-warn"] = $"No longer sold, and left out: {string.Join(", ", leftOut)}.";
                break;
        }

        return new SeeOtherResult("/cart");
    }

    private SeeOtherResult Done(string kind, string sentence)
    {
        TempData[kind] = sentence;
        return new SeeOtherResult($"/purchases/{Purchase.PurchaseId:D}");
    }

    private PageResult Busy()
    {
        Problem = "The store is busy with your orders at this moment, so nothing was changed. Please send it again in a second.";
        Response.Headers.RetryAfter = "1";
        return this.PageWith(StatusCodes.Status429TooManyRequests);
    }

    private PageResult InDoubt()
    {
        Problem = "We do not know yet whether this went through. Sending it again is safe: it will not be done twice.";
        Response.Headers.RetryAfter = "2";
        return this.PageWith(StatusCodes.Status503ServiceUnavailable);
    }

    private async Task<bool> ReadAsync(Guid id)
    {
        Purchase = (await PurchaseReading.ReadOrNullAsync(dataSources, User.CustomerId(), id))!;
        return Purchase is not null;
    }
}
