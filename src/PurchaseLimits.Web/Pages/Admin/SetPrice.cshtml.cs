using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

[RequiresRecentPassword]
public sealed class SetPriceModel(StoreDataSources dataSources, Store store) : PageModel
{
    public sealed record Input
    {
        public string? Price { get; init; }

        /// <summary>UTC; empty: from now on.</summary>
        public string? From { get; init; }

        /// <summary>What it cost when the page was read, as <see cref="Shown"/> has it.</summary>
        public string? Shown { get; init; }
    }

    /// <summary>What it costs now, for the form to bring along; empty: on request.</summary>
    public string Shown => Product.Price is { } price ? HiddenAmount.Text(price) : "";

    /// <summary>Somebody else set a price while this admin looked at another one.</summary>
    public bool ChangedMeanwhile { get; private set; }

    public ProductRow Product { get; private set; } = null!;

    public Input Form { get; private set; } = new();

    /// <summary>Prices that have not begun, the next one first.</summary>
    public IReadOnlyList<PriceRow> FuturePrices { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync([FromRoute] string id) => await ReadAsync(id) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync([FromRoute] string id, [FromForm] Input form)
    {
        if (!await ReadAsync(id))
            return NotFound();

        Form = form;
        if (!StrictInput.TryAmount(form.Price, out var price))
            ModelState.AddModelError("price", "Write an amount in dollars, like 750 or 750.50.");
        else if (price > PriceFile.MaxPrice)
            ModelState.AddModelError("price", $"A price is {Display.Money(PriceFile.MaxPrice)} at most.");
        DateTimeOffset? from = null;
        if (!string.IsNullOrEmpty(form.From))
        {
            if (MomentInput.TryTyped(form.From, out var typed))
                from = typed;
            else
                ModelState.AddModelError("from", "Write a date and a time in UTC, like 2027-01-31T08:30, or leave it empty.");
        }

        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        if ((form.Shown ?? "") != Shown)
        {
            // Sent twice, or another admin's price is this one: it is as this one wants it.
            if (from is null && Product.Price == price)
            {
                TempData["notice-good"] = $"{Product.Name} costs {Display.Money(price)}.";
                return new SeeOtherResult($"/admin/products/{Product.ProductId}");
            }

            ChangedMeanwhile = true;
            return this.PageWith(StatusCodes.Status409Conflict);
        }

        var reply = await store.SetPriceAsync(new PriceRequest(Product.ProductId, price, from, User.AdminActor()));
        switch (reply.Outcome)
        {
            case PriceOutcome.PriceSet:
                TempData["notice-good"] = from is null
                    ? $"{Product.Name} costs {Display.Money(price)} from now on."
                    : $"{Product.Name} will cost {Display.Money(price)} from the moment that you set.";
                return new SeeOtherResult($"/admin/products/{Product.ProductId}");
            case PriceOutcome.Unchanged:
                ModelState.AddModelError("price", $"{Display.Money(price)} is what it costs then already.");
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case PriceOutcome.ValidFromInPast:
                ModelState.AddModelError("from", "That moment has passed, and past prices never change. Choose a later one, or leave it empty.");
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case PriceOutcome.UnknownProduct:
                return NotFound();
            case PriceOutcome.Busy:
                return this.PageBusy();
            case PriceOutcome.InDoubt:
                return this.PageInDoubt();
            default:
                throw new InvalidOperationException($"set_price ended as {reply.Outcome}.");
        }
    }

    private async Task<bool> ReadAsync(string id)
    {
        if (!StrictInput.TryId(id, out var productId) || await ProductRow.ReadAsync(dataSources, productId) is not { } product)
            return false;

        Product = product;
        FuturePrices = [.. (await PriceRow.ReadAsync(dataSources, productId)).Where(price => !price.HasBegun).Reverse()];
        return true;
    }
}
