using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class CustomerModel(StoreDataSources dataSources) : PageModel
{
    /// <summary>How many purchases and refusals this page shows; the statement has them all.</summary>
    public const int NewestCount = 10;

    /// <summary>How many changes of limits this page shows.</summary>
    public const int TimelineCount = 50;

    public sealed record Input
    {
        public string? Before { get; init; }
        public string? After { get; init; }

        /// <summary>A moment to look back at, in the store's zone.</summary>
        public string? At { get; init; }
    }

    public CustomerRow Customer { get; private set; } = null!;

    /// <summary>Null for everybody whose row and ledger agree.</summary>
    public FreezeRow? Freeze { get; private set; }

    /// <summary>Those that limit, and the lifetime limit always.</summary>
    public IReadOnlyList<LimitRow> Limits { get; private set; } = [];

    public string Zone { get; private set; } = "";
    public KeysetPage<StatementRow> Statement { get; private set; } = null!;

    /// <summary>Purchases that wait for a price, a worker or an admin, newest first.</summary>
    public IReadOnlyList<AdminPurchaseRow> Waiting { get; private set; } = [];

    public KeysetPage<AdminPurchaseRow> Purchases { get; private set; } = null!;
    public KeysetPage<AdminPurchaseRow> Refused { get; private set; } = null!;

    /// <summary>What was decided last comes first, whenever it begins.</summary>
    public IReadOnlyList<LimitPeriodRow> LimitChanges { get; private set; } = [];

    /// <summary>Raises that wait for an admin.</summary>
    public IReadOnlyList<LimitRequestRow> Asked { get; private set; } = [];

    /// <summary>What was typed to look back at.</summary>
    public string? At { get; private set; }

    /// <summary>The same as a moment; null where nothing was asked for, or nothing that can be answered.</summary>
    public DateTimeOffset? AsOfMoment { get; private set; }

    /// <summary>The limits of then; none before the customer was registered.</summary>
    public IReadOnlyList<CustomerAsOf> AsOf { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync([FromRoute] string id, [FromQuery] Input query)
    {
        if (!KeysetPosition.TryRead(query.Before, query.After, out var position) || Request.Query["at"].Count > 1)
            return BadRequest();
        if (!StrictInput.TryId(id, out var customerId) || await CustomerRow.ReadAsync(dataSources, customerId) is not { } customer)
            return NotFound();

        Customer = customer;
        Freeze = await FreezeRow.ReadOpenOrNullAsync(dataSources, customerId);
        Limits = [.. (await LimitRow.ReadAsync(dataSources, customerId)).Where(limit => limit.IsShown)];
        Zone = await StoreMoment.ZoneAsync(dataSources.AdminPages);
        Statement = await StatementRow.ReadAsync(dataSources.AdminPages, customerId, position);
        Waiting = (await ReadPurchasesAsync(customerId, PurchaseState.Waiting)).Rows;
        Purchases = await ReadPurchasesAsync(customerId, PurchaseState.NotRefused);
        Refused = await ReadPurchasesAsync(customerId, PurchaseState.Refused);
        LimitChanges = await LimitPeriodRow.ReadAsync(dataSources, customerId, TimelineCount);
        Asked = await LimitRequestRow.ReadWaitingAsync(dataSources.AdminPages, customerId);
        return await ReadAsOfAsync(query.At) ? Page() : this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }

    /// <summary>False where the field says what is wrong.</summary>
    private async Task<bool> ReadAsOfAsync(string? typed)
    {
        At = typed;
        var at = await StoreMoment.ReadAsync(dataSources.AdminPages, typed, isEnd: false);
        if (at.Trouble is not null || at is { Moment: not null, IsPast: false })
        {
            ModelState.AddModelError("at", at.Trouble ?? "That has not happened yet. Choose a moment in the past.");
            return false;
        }

        AsOfMoment = at.Moment;
        if (at.Moment is { } moment)
            AsOf = await CustomerAsOf.ReadAsync(dataSources, Customer.CustomerId, moment);
        return true;
    }

    private Task<KeysetPage<AdminPurchaseRow>> ReadPurchasesAsync(long customerId, PurchaseState.Filter filter) =>
        AdminPurchaseRow.ReadAsync(dataSources, filter, PurchaseSearch.OfCustomer(customerId), new KeysetPosition(null, null), NewestCount);
}
