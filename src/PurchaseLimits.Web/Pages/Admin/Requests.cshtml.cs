using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class RequestsModel(StoreDataSources dataSources) : PageModel
{
    /// <summary>Soonest deadline first.</summary>
    public IReadOnlyList<RequestRow> Waiting { get; private set; } = [];

    public long WaitingCount { get; private set; }

    /// <summary>Raises that were asked for, the one that waits longest first.</summary>
    public IReadOnlyList<LimitRequestRow> Raises { get; private set; } = [];

    public long RaiseCount { get; private set; }

    /// <summary>The admin who reads this, as the ledger names them.</summary>
    public string Me => User.AdminActor();

    /// <summary>Newest first.</summary>
    public IReadOnlyList<DecidedRow> Decided { get; private set; } = [];

    public async Task OnGetAsync()
    {
        Waiting = await RequestRow.ReadAsync(dataSources.AdminPages);
        WaitingCount = Waiting.Count < RequestRow.MaxShown ? Waiting.Count : await RequestRow.CountPurchasesAsync(dataSources.AdminPages);
        Raises = await LimitRequestRow.ReadWaitingAsync(dataSources.AdminPages);
        RaiseCount = Raises.Count < LimitRequestRow.MaxShown ? Raises.Count : await LimitRequestRow.CountAsync(dataSources.AdminPages);
        Decided = await DecidedRow.ReadAsync(dataSources.AdminPages);
    }
}
