using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>One import of prices: what it would do, how far it is, how it ended.</summary>
[RequiresRecentPassword(FormsOnly = true)]
public sealed class PriceImportModel(StoreDataSources dataSources, Store store) : PageModel
{
    private const int PageSize = 50;

    public sealed record Input
    {
        public string? Before { get; init; }
        public string? After { get; init; }
    }

    public sealed record Row
    {
        public long Position { get; init; }
        public long RowNumber { get; init; }
        public long ProductId { get; init; }
        public string Name { get; init; } = "";
        public bool Withdrawn { get; init; }
        public decimal Price { get; init; }

        /// <summary>Null where no price held.</summary>
        public decimal? PriceBefore { get; init; }

        /// <summary>Null: from now on.</summary>
        public DateTimeOffset? ValidFrom { get; init; }
    }

    public PriceImportReading Import { get; private set; } = null!;

    /// <summary>By product, then moment.</summary>
    public KeysetPage<Row> Rows { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromRoute] string id, [FromQuery] Input query)
    {
        if (!KeysetPosition.TryRead(query.Before, query.After, out var position))
            return BadRequest();
        return await ReadAsync(id, position) ? Page() : NotFound();
    }

    public async Task<IActionResult> OnPostConfirmAsync([FromRoute] string id)
    {
        if (!await ReadAsync(id, new KeysetPosition(null, null)))
            return NotFound();

        var reply = await store.ConfirmPriceImportAsync(Import.PriceImportId, User.AdminActor());
        return reply.Outcome switch
        {
            PriceImportConfirmationOutcome.Confirmed => SeeAgain(),
            PriceImportConfirmationOutcome.Ended => SeeAgain("This import had ended before."),
            PriceImportConfirmationOutcome.UnknownImport => NotFound(),
            PriceImportConfirmationOutcome.Busy => this.PageBusy(),
            PriceImportConfirmationOutcome.InDoubt => this.PageInDoubt(),
            _ => throw new InvalidOperationException($"confirm_price_import ended as {reply.Outcome}."),
        };
    }

    public async Task<IActionResult> OnPostCancelAsync([FromRoute] string id)
    {
        if (!await ReadAsync(id, new KeysetPosition(null, null)))
            return NotFound();

        var reply = await store.CancelPriceImportAsync(Import.PriceImportId, User.AdminActor());
        return reply.Outcome switch
        {
            PriceImportCancellationOutcome.Cancelled or PriceImportCancellationOutcome.CancelRequested => SeeAgain(),
            PriceImportCancellationOutcome.Ended => SeeAgain("It was too late to cancel: this import had ended before."),
            PriceImportCancellationOutcome.UnknownImport => NotFound(),
            PriceImportCancellationOutcome.Busy => this.PageBusy(),
            PriceImportCancellationOutcome.InDoubt => this.PageInDoubt(),
            _ => throw new InvalidOperationException($"cancel_price_import ended as {reply.Outcome}."),
        };
    }

    private SeeOtherResult SeeAgain(string? warning = null)
    {
        if (warning is not null)
            TempData["notice-warn"] = warning;
        return new SeeOtherResult($"/admin/prices/import/{Import.PriceImportId:D}");
    }

    private async Task<bool> ReadAsync(string id, KeysetPosition position)
    {
        if (!Guid.TryParseExact(id, "D", out var priceImportId) || await PriceImportReading.ReadAsync(dataSources, priceImportId) is not { } import)
            return false;

        Import = import;
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        var rows = (await connection.QueryAsync<Row>(
            $"""
            SELECT r.position, r.row_number, r.product_id, p.name, p.withdrawn_at IS NOT NULL AS withdrawn, r.price,
                   CASE WHEN r.has_price_before THEN r.price_before END AS price_before, r.valid_from
            FROM store.price_import_row r
            JOIN store.product p USING (product_id)
            WHERE r.price_import_id = @priceImportId
              AND r.position > coalesce(@After, 0)
              AND r.position < coalesce(@Before, 9223372036854775807)
            ORDER BY r.position {(position.Before is null ? "" : "DESC")}
            LIMIT {PageSize + 1}
            """,
            new { priceImportId, position.Before, position.After })).AsList();
        if (position.Before is not null)
            rows.Reverse();
        Rows = position.Cut(rows, PageSize, isDescending: false, row => row.Position);
        return true;
    }
}
