using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class ChangeProductModel(StoreDataSources dataSources, Store store, IWebHostEnvironment environment) : PageModel
{
    public ProductRow Product { get; private set; } = null!;

    public ProductForm Form { get; private set; } = new();

    public ProductChoices Choices { get; private set; } = null!;

    /// <summary>What happened to the last attempt, where it has to be said on this page.</summary>
    public ProductChangeOutcome? Outcome { get; private set; }

    /// <summary>What others changed since the page was shown, newest first.</summary>
    public IReadOnlyList<ProductChangeRow> ChangesMeanwhile { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync([FromRoute] string id)
    {
        if (!StrictInput.TryId(id, out var productId) || await ProductRow.ReadAsync(dataSources, productId) is not { } product)
            return NotFound();

        Product = product;
        Choices = await ProductChoices.ReadAsync(dataSources, environment);
        Form = ProductForm.For(product);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync([FromRoute] string id, [FromForm] ProductForm form)
    {
        if (!StrictInput.TryId(id, out var productId) || await ProductRow.ReadAsync(dataSources, productId) is not { } product)
            return NotFound();
        if (!Guid.TryParseExact(form.ChangeId, "D", out var changeId) || !StrictInput.TryId(form.Revision, out var revision))
            return BadRequest();

        (Product, Form) = (product, form);
        Choices = await ProductChoices.ReadAsync(dataSources, environment);
        if (await form.ReadAsync(dataSources, Choices, ModelState) is not { } text)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        var reply = await store.ChangeProductAsync(new ProductChangeRequest(changeId, productId, revision, text, User.AdminActor()));
        Outcome = reply.Outcome;
        switch (reply.Outcome)
        {
            case ProductChangeOutcome.Changed or ProductChangeOutcome.AlreadyRecorded:
                TempData["notice-good"] = $"{text.Name} was changed.";
                return new SeeOtherResult($"/admin/products/{productId}");
            case ProductChangeOutcome.ChangedMeanwhile:
                // Read again, because the one above may be as old as what the form showed.
                Product = (await ProductRow.ReadAsync(dataSources, productId))!;
                ChangesMeanwhile = await ProductChangeRow.ReadAsync(dataSources, productId, sinceRevision: revision);
                Form = form with { Revision = ProductForm.For(Product).Revision };
                return this.PageWith(StatusCodes.Status409Conflict);
            case ProductChangeOutcome.Unchanged:
                ModelState.AddModelError("name", "Nothing is different from what is saved already.");
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case ProductChangeOutcome.KeyReused:
                Form = form with { ChangeId = ProductForm.NewChangeId(), Revision = ProductForm.For(product).Revision };
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case ProductChangeOutcome.UnknownCategory:
                ModelState.AddModelError("categoryId", "Choose one of the categories.");
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case ProductChangeOutcome.UnknownProduct:
                return NotFound();
            case ProductChangeOutcome.Busy:
                return this.PageBusy();
            case ProductChangeOutcome.InDoubt:
                return this.PageInDoubt();
            default:
                throw new InvalidOperationException($"change_product ended as {reply.Outcome}.");
        }
    }
}
