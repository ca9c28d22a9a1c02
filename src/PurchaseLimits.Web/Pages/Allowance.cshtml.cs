using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;

namespace PurchaseLimits.Web.Pages;

[Authorize(Policy = AccountServices.CustomersOnly)]
public sealed class AllowanceModel(StoreDataSources dataSources) : PageModel
{
    public sealed record Input
    {
        public string? Before { get; init; }
        public string? After { get; init; }
    }

    public AllowanceReading Reading { get; private set; } = null!;

    public IReadOnlyList<OpenHold> Holds { get; private set; } = [];

    public KeysetPage<StatementRow> Statement { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromQuery] Input query)
    {
        if (!KeysetPosition.TryRead(query.Before, query.After, out var position))
            return BadRequest();

        Statement = await StatementRow.ReadAsync(dataSources.Pages, User.CustomerId(), position);
        Holds = await OpenHold.ReadAsync(dataSources, User.CustomerId());
        Reading = await AllowanceReading.ReadAsync(dataSources, User.CustomerId());
        return Page();
    }
}
