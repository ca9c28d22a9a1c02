using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;

namespace PurchaseLimits.Web.Pages;

[Authorize(Policy = AccountServices.CustomersOnly)]
public sealed class PurchaseModel(StoreDataSources dataSources) : PageModel
{
    public ReceiptReading Receipt { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromRoute] Guid id)
    {
        if (await ReceiptReading.ReadOrNullAsync(dataSources, User.CustomerId(), id) is not { } receipt)
            return NotFound();

        Receipt = receipt;
        return Page();
    }
}
