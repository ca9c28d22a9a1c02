using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Asks once more before a price that has not begun is taken back.</summary>
[RequiresRecentPassword]
public sealed class TakeBackPriceModel(StoreDataSources dataSources, Store store) : PageModel
{
    public sealed record Input
    {
        /// <summary>When the price begins, as pages write moments.</summary>
        public string? From { get; init; }

        /// <summary>What the page showed: another price at the same moment stays.</summary>
        public string? Price { get; init; }
    }

    public ProductRow Product { get; private set; } = null!;

    public PriceRow Price { get; private set; } = null!;

    /// <summary>What holds instead; null: no price.</summary>
    public PriceRow? PriceBefore { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromRoute] string id, [FromQuery] Input query) =>
        await ReadAsync(id, query.From) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync([FromRoute] string id, [FromForm] Input form)
    {
        if (!StrictInput.TryMoment(form.From, out var from) || !StrictInput.TryAmount(form.Price, out var price))
            return BadRequest();
        if (!StrictInput.TryId(id, out var productId))
            return NotFound();

        var reply = await store.TakeBackPriceAsync(new PriceTakeBackRequest(productId, from, price, User.AdminActor()));
        switch (reply.Outcome)
        {
            case PriceTakeBackOutcome.TakenBack:
                return Done(productId, "notice-good", $"The price of {Display.Money(price)} was taken back.");
            case PriceTakeBackOutcome.BeganAlready:
                return Done(productId, "notice-warn", "Nothing was taken back: that price has begun, and what holds or has held never changes. Set another price instead.");
            case PriceTakeBackOutcome.ChangedMeanwhile:
                return Done(productId, "notice-warn", "Nothing was taken back: somebody replaced that price while you were here. Look at the prices now.");
            case PriceTakeBackOutcome.UnknownPrice:
                return await ProductRow.ReadAsync(dataSources, productId) is null
                    ? NotFound()
                    : Done(productId, "notice-warn", "That price is not there any more.");
            case PriceTakeBackOutcome.Busy:
                return await ReadAsync(id, form.From) ? this.PageBusy() : NotFound();
            case PriceTakeBackOutcome.InDoubt:
                return await ReadAsync(id, form.From) ? this.PageInDoubt() : NotFound();
            default:
                throw new InvalidOperationException($"take_back_price ended as {reply.Outcome}.");
        }
    }

    private SeeOtherResult Done(long productId, string kind, string sentence)
    {
        TempData[kind] = sentence;
        return new SeeOtherResult($"/admin/products/{productId}");
    }

    /// <summary>False where there is no such product, or none of its prices begins at that moment, or it has begun.</summary>
    private async Task<bool> ReadAsync(string id, string? from)
    {
        if (!StrictInput.TryId(id, out var productId) || !StrictInput.TryMoment(from, out var moment)
            || await ProductRow.ReadAsync(dataSources, productId) is not { } product)
            return false;

        var prices = await PriceRow.ReadAsync(dataSources, productId);
        if (prices.SingleOrDefault(price => price.ValidFrom == moment && !price.HasBegun) is not { } taken)
            return false;

        (Product, Price) = (product, taken);
        PriceBefore = prices.SingleOrDefault(price => price.ValidTo == moment);
        return true;
    }
}
