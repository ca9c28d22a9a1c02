using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

[Authorize(Policy = AccountServices.CustomersOnly)]
public sealed class AllowanceModel(StoreDataSources dataSources) : PageModel
{
    public sealed record Input
    {
        public string? Before { get; init; }
        public string? After { get; init; }

        /// <summary>A moment to look back to, in the store's zone.</summary>
        public string? At { get; init; }
    }

    public Allowance Allowance { get; private set; } = null!;

    /// <summary>How it was at the moment that was asked for; null where none was.</summary>
    public AllowanceThen? Then { get; private set; }

    /// <summary>Where days begin: America/New_York.</summary>
    public string TimeZone { get; private set; } = "";

    public IReadOnlyList<OpenHold> Holds { get; private set; } = [];

    public KeysetPage<StatementRow> Statement { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromQuery] Input query)
    {
        if (!KeysetPosition.TryRead(query.Before, query.After, out var position))
            return BadRequest();

        Statement = await StatementRow.ReadAsync(dataSources.Pages, User.CustomerId(), position);
        Holds = await OpenHold.ReadAsync(dataSources, User.CustomerId());
        await ReadLimitsAsync();
        if (string.IsNullOrEmpty(query.At))
            return Page();

        Then = await AllowanceThen.ReadAsync(dataSources, User.CustomerId(), query.At);
        if (Then.Problem is null)
            return Page();
        ModelState.AddModelError("at", Then.Problem);
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }

    private async Task ReadLimitsAsync()
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        using var results = await connection.QueryMultipleAsync(
            $"{Allowance.Select};SELECT time_zone FROM store.store_setting WHERE store_setting_id = 1",
            new { customerId = User.CustomerId() });
        Allowance = new Allowance((await results.ReadAsync<AllowanceReading>()).AsList());
        TimeZone = await results.ReadSingleAsync<string>();
    }
}
