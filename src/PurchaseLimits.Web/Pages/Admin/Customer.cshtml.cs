using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class CustomerModel(StoreDataSources dataSources) : PageModel
{
    /// <summary>How many purchases and refusals this page shows; the statement has them all.</summary>
    public const int NewestCount = 10;

    /// <summary>How many changes of the limit this page shows.</summary>
    public const int TimelineCount = 50;

    public sealed record Input
    {
        public string? Before { get; init; }
        public string? After { get; init; }
    }

    public sealed record LimitChange
    {
        public decimal LimitBefore { get; init; }
        public decimal LimitAfter { get; init; }
        public string Actor { get; init; } = "";
        public string Reason { get; init; } = "";
        public DateTimeOffset OccurredAt { get; init; }
    }

    public CustomerRow Customer { get; private set; } = null!;
    public KeysetPage<StatementRow> Statement { get; private set; } = null!;

    /// <summary>Purchases that wait for a price, a worker or an admin, newest first.</summary>
    public IReadOnlyList<AdminPurchaseRow> Waiting { get; private set; } = [];

    public KeysetPage<AdminPurchaseRow> Purchases { get; private set; } = null!;
    public KeysetPage<AdminPurchaseRow> Refused { get; private set; } = null!;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<LimitChange> LimitChanges { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync([FromRoute] string id, [FromQuery] Input query)
    {
        if (!KeysetPosition.TryRead(query.Before, query.After, out var position))
            return BadRequest();
        if (!StrictInput.TryId(id, out var customerId) || await CustomerRow.ReadAsync(dataSources, customerId) is not { } customer)
            return NotFound();

        Customer = customer;
        Statement = await StatementRow.ReadAsync(dataSources.AdminPages, customerId, position);
        Waiting = (await ReadPurchasesAsync(customerId, PurchaseState.Waiting)).Rows;
        Purchases = await ReadPurchasesAsync(customerId, PurchaseState.NotRefused);
        Refused = await ReadPurchasesAsync(customerId, PurchaseState.Refused);
        LimitChanges = await ReadLimitChangesAsync(customerId);
        return Page();
    }

    private Task<KeysetPage<AdminPurchaseRow>> ReadPurchasesAsync(long customerId, PurchaseState.Filter filter) =>
        AdminPurchaseRow.ReadAsync(dataSources, filter, PurchaseSearch.OfCustomer(customerId), new KeysetPosition(null, null), NewestCount);

    private async Task<IReadOnlyList<LimitChange>> ReadLimitChangesAsync(long customerId)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<LimitChange>(
            $"""
            SELECT c.limit_before, c.limit_after, e.actor, e.reason, e.occurred_at
            FROM store.limit_change c
            JOIN store.customer_event e USING (customer_id, sequence_number)
            WHERE c.customer_id = @customerId
            ORDER BY c.sequence_number DESC
            LIMIT {TimelineCount}
            """,
            new { customerId })).AsList();
    }
}
