using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;

namespace PurchaseLimits.Web.Pages;

[Authorize(Policy = AccountServices.CustomersOnly)]
public sealed class PurchasesModel(StoreDataSources dataSources) : PageModel
{
    public sealed record Input
    {
        public string? Status { get; init; }
        public string? Before { get; init; }
        public string? After { get; init; }
    }

    /// <summary>A key of <see cref="PurchaseStatus.Names"/>; null for all.</summary>
    public string? Status { get; private set; }

    public KeysetPage<PurchaseRow> Purchases { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromQuery] Input query)
    {
        Status = query.Status is null or "all" ? null : query.Status;
        if ((Status is not null && !PurchaseStatus.Names.ContainsKey(Status))
            || !KeysetPosition.TryRead(query.Before, query.After, out var position))
            return BadRequest();

        Purchases = await PurchaseRow.ReadAsync(
            dataSources.Pages, User.CustomerId(), Status, position, KeysetPosition.PageSize);
        return Page();
    }
}
