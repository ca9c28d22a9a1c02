using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

[Authorize(Policy = AccountServices.CustomersOnly)]
public sealed class CheckoutModel(Store store, Carts carts, StoreDataSources dataSources) : PageModel
{
    /// <summary>How the order ended; null before it was sent.</summary>
    public PurchaseReply? Reply { get; private set; }

    /// <summary>What is offered, at the prices of now; null where nothing is.</summary>
    public Cart? Offer { get; private set; }

    /// <summary>What the form on the page sends: the offer under a new key, or the same order once more.</summary>
    public PurchaseRequest? Order { get; private set; }

    /// <summary>The total that the page before showed, when it is another one now.</summary>
    public decimal? OldTotal { get; private set; }

    /// <summary>The product that cannot be had.</summary>
    public string? UnavailableName { get; private set; }

    /// <summary>The refusal as it was recorded, and what can be done about it.</summary>
    public WaysOut? Refusal { get; private set; }

    public async Task OnGetAsync() => MakeOffer(await carts.ReadAsync(HttpContext));

    public async Task<IActionResult> OnPostAsync([FromForm] OrderInput input)
    {
        if (input.ToRequestOrNull(User.CustomerId(), Request.Form.Keys) is not { } request)
            return BadRequest();

        Reply = await store.PlacePurchaseAsync(request, HttpContext.RequestAborted);
        switch (Reply)
        {
            case { Outcome: PurchaseOutcome.Confirmed or PurchaseOutcome.Processing }:
                return new SeeOtherResult($"/purchases/{request.PurchaseId:D}");

            case { Outcome: PurchaseOutcome.OverLimit or PurchaseOutcome.AlreadyRecorded }:
                var purchase = await PurchaseReading.ReadOrNullAsync(dataSources, request.CustomerId, request.PurchaseId)
                    ?? throw new InvalidOperationException($"Purchase {request.PurchaseId} was recorded and is not there.");
                // What was refused then may have been approved since: its own page says what it is now.
                if (!purchase.IsOverLimit)
                    return new SeeOtherResult($"/purchases/{request.PurchaseId:D}");
                Refusal = new WaysOut(purchase) { CartWasSentTwice = (await carts.ReadAsync(HttpContext)).Lines.Count == 0 };
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);

            case { Outcome: PurchaseOutcome.PriceChanged }:
                OldTotal = request.ShownTotal;
                MakeOffer(await carts.PriceAsync(HttpContext, Entries(request)));
                return this.PageWith(StatusCodes.Status409Conflict);

            case { Outcome: PurchaseOutcome.ProductUnavailable }:
                var priced = await carts.PriceAsync(HttpContext, Entries(request));
                UnavailableName = priced.Lines.SingleOrDefault(line => line.ProductId == Reply.ProductId)?.Name ?? "A product";
                return this.PageWith(StatusCodes.Status409Conflict);

            case { Outcome: PurchaseOutcome.KeyReused }:
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);

            case { Outcome: PurchaseOutcome.Busy }:
                Order = request;
                Response.Headers.RetryAfter = "1";
                return this.PageWith(StatusCodes.Status429TooManyRequests);

            case { Outcome: PurchaseOutcome.InDoubt }:
                Order = request;
                Response.Headers.RetryAfter = "2";
                return this.PageWith(StatusCodes.Status503ServiceUnavailable);

            case { Outcome: PurchaseOutcome.UnknownCustomer }:
                return NotFound();

            default:
                throw new InvalidOperationException($"A purchase cannot end as {Reply.Outcome}.");
        }
    }

    private void MakeOffer(Cart cart)
    {
        Offer = cart;
        Order = new PurchaseRequest(User.CustomerId(), Guid.CreateVersion7(), cart.PricedAt, cart.Total,
            [.. cart.Orderable.Select(line => new PurchaseRequestLine(
                line.ProductId, (int)line.Quantity, line.IsOnRequest ? line.AtMost : null))]);
    }

    private static Dictionary<long, CartEntry> Entries(PurchaseRequest request) =>
        request.Lines.ToDictionary(line => line.ProductId, line => new CartEntry(line.Quantity, line.AtMost));
}
