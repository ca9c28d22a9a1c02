using Microsoft.AspNetCore.Mvc.RazorPages;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class RequestsModel(StoreDataSources dataSources) : PageModel
{
    /// <summary>Soonest deadline first.</summary>
    public IReadOnlyList<RequestRow> Waiting { get; private set; } = [];

    public long WaitingCount { get; private set; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<DecidedRow> Decided { get; private set; } = [];

    public async Task OnGetAsync()
    {
        Waiting = await RequestRow.ReadAsync(dataSources.AdminPages);
        WaitingCount = Waiting.Count < RequestRow.MaxShown ? Waiting.Count : await RequestRow.CountAsync(dataSources.AdminPages);
        Decided = await DecidedRow.ReadAsync(dataSources.AdminPages);
    }
}
