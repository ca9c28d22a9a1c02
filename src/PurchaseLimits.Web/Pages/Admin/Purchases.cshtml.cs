using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class PurchasesModel(StoreDataSources dataSources) : PageModel
{
    public const int MaxSearchLength = 254;

    /// <summary>Rows a page.</summary>
    public const int PageSize = 50;

    public sealed record Input
    {
        public string? Search { get; init; }
        public string? Status { get; init; }
        public string? Before { get; init; }
        public string? After { get; init; }
    }

    /// <summary>How many wait, in all, whatever is searched for.</summary>
    public sealed record WaitingCounts
    {
        public long Processing { get; init; }
        public long AwaitingApproval { get; init; }
        public long PastDeadline { get; init; }

        /// <summary>Null for filters that are no queue.</summary>
        public long? Of(string filter) => filter switch
        {
            PurchaseState.Processing => Processing,
            PurchaseState.AwaitingApproval => AwaitingApproval,
            PurchaseState.PastDeadline => PastDeadline,
            _ => null,
        };
    }

    /// <summary>As it was typed; null for everything.</summary>
    public string? Search { get; private set; }

    /// <summary>A key of <see cref="PurchaseState.Filters"/>.</summary>
    public string Status { get; private set; } = PurchaseState.All;

    public bool HasMoreCustomers { get; private set; }
    public WaitingCounts Waiting { get; private set; } = new();
    public KeysetPage<AdminPurchaseRow> Purchases { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromQuery] Input query)
    {
        Search = string.IsNullOrWhiteSpace(query.Search) ? null : query.Search.Trim();
        Status = query.Status ?? PurchaseState.All;
        if (Search?.Length > MaxSearchLength
            || !PurchaseState.Filters.ContainsKey(Status)
            || !KeysetPosition.TryRead(query.Before, query.After, out var position))
            return BadRequest();

        var search = Search is null ? null : await PurchaseSearch.ReadAsync(dataSources.AdminPages, Search);
        HasMoreCustomers = search?.HasMoreCustomers == true;
        Purchases = await AdminPurchaseRow.ReadAsync(dataSources, PurchaseState.Filters[Status], search, position, PageSize);
        Waiting = await CountWaitingAsync();
        return Page();
    }

    private async Task<WaitingCounts> CountWaitingAsync()
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return await connection.QuerySingleAsync<WaitingCounts>(
            """
            SELECT
                count(*) FILTER (WHERE p.status = 'processing')
                    + (SELECT count(*) FROM store.purchase_request) AS processing,
                count(*) FILTER (WHERE p.status = 'awaiting_approval') AS awaiting_approval,
                count(*) FILTER (WHERE p.expires_at <= statement_timestamp()) AS past_deadline
            FROM store.purchase p
            WHERE p.expires_at IS NOT NULL
            """);
    }
}
