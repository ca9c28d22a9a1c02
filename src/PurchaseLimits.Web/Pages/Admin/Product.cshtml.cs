using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class ProductModel(StoreDataSources dataSources) : PageModel
{
    public ProductRow Product { get; private set; } = null!;

    /// <summary>Newest first: future, current, past.</summary>
    public IReadOnlyList<PriceRow> Prices { get; private set; } = [];

    /// <summary>Newest first.</summary>
    public IReadOnlyList<ProductChangeRow> Changes { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync([FromRoute] string id)
    {
        if (!StrictInput.TryId(id, out var productId) || await ProductRow.ReadAsync(dataSources, productId) is not { } product)
            return NotFound();

        Product = product;
        Prices = await PriceRow.ReadAsync(dataSources, productId);
        Changes = await ProductChangeRow.ReadAsync(dataSources, productId);
        return Page();
    }
}
