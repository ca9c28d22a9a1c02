using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class NewProductModel(StoreDataSources dataSources, Store store, IWebHostEnvironment environment) : PageModel
{
    public ProductForm Form { get; private set; } = new();

    public ProductChoices Choices { get; private set; } = null!;

    /// <summary>What happened to the last attempt, where it has to be said on this page.</summary>
    public ProductCreationOutcome? Outcome { get; private set; }

    public async Task OnGetAsync()
    {
        Choices = await ProductChoices.ReadAsync(dataSources, environment);
        Form = new ProductForm { ChangeId = ProductForm.NewChangeId() };
    }

    public async Task<IActionResult> OnPostAsync([FromForm] ProductForm form)
    {
        if (!Guid.TryParseExact(form.ChangeId, "D", out var changeId))
            return BadRequest();

        Form = form;
        Choices = await ProductChoices.ReadAsync(dataSources, environment);
        if (await form.ReadAsync(dataSources, Choices, ModelState) is not { } text)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        var reply = await store.CreateProductAsync(new ProductCreationRequest(changeId, text, User.AdminActor()));
        Outcome = reply.Outcome;
        switch (reply.Outcome)
        {
            case ProductCreationOutcome.Created or ProductCreationOutcome.AlreadyRecorded:
                TempData["notice-good"] = $"{text.Name} was created. It has no price yet: set one, and it can be bought.";
                return new SeeOtherResult($"/admin/products/{reply.ProductId}");
            case ProductCreationOutcome.KeyReused:
                Form = form with { ChangeId = ProductForm.NewChangeId() };
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case ProductCreationOutcome.UnknownCategory:
                ModelState.AddModelError("categoryId", "Choose one of the categories.");
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case ProductCreationOutcome.Busy:
                return this.PageBusy();
            case ProductCreationOutcome.InDoubt:
                return this.PageInDoubt();
            default:
                throw new InvalidOperationException($"create_product ended as {reply.Outcome}.");
        }
    }
}
