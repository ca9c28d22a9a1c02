using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class AuditModel(StoreDataSources dataSources) : PageModel
{
    /// <summary>Rows a page.</summary>
    public const int PageSize = 50;

    public AuditFilter.Input Query { get; private set; } = new();
    public AdminNames Names { get; private set; } = null!;
    public IReadOnlyList<AuditEntry> Entries { get; private set; } = [];

    /// <summary>Where newer ones begin; null where there are none.</summary>
    public string? Newer { get; private set; }
    public string? Older { get; private set; }

    /// <summary>The store's: what "from" and "to" are days of.</summary>
    public string TimeZone { get; private set; } = "";

    public async Task<IActionResult> OnGetAsync([FromQuery] AuditFilter.Input query)
    {
        Query = query;
        Names = await AdminNames.ReadAsync(dataSources);
        var filter = await AuditFilter.ReadOrNullAsync(dataSources.AdminPages, query,
            field => ModelState.AddModelError(field, field == "customer" ? "Write a customer’s number." : "Write a date, like 2026-11-24."));
        if (filter is null)
            return BadRequest();

        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        TimeZone = await connection.QuerySingleAsync<string>("SELECT s.time_zone FROM store.store_setting s WHERE s.store_setting_id = 1");
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        (Entries, Newer, Older) = await filter.ReadPageAsync(connection, PageSize);
        return Page();
    }
}
