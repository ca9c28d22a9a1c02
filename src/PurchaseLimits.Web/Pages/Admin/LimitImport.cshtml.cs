using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>One import of limits: what it would do, how far it is, how it ended.</summary>
[RequiresRecentPassword(FormsOnly = true)]
public sealed class LimitImportModel(StoreDataSources dataSources, Store store) : PageModel
{
    public const int MaxReasonLength = 500;

    private const int PageSize = 50;
    private const int FirstCount = 10;

    public sealed record Input
    {
        public string? Before { get; init; }
        public string? After { get; init; }
    }

    public sealed record ConfirmForm
    {
        public string? Reason { get; init; }
    }

    public sealed record Row
    {
        public long RowNumber { get; init; }
        public long CustomerId { get; init; }
        public string Name { get; init; } = "";
        public string WindowName { get; init; } = "";
        public bool IsChange { get; init; }
        public decimal LimitBefore { get; init; }
        public decimal LimitAfter { get; init; }

        /// <summary>When it ends; infinity for a limit that does not.</summary>
        public DateTimeOffset ValidTo { get; init; }

        /// <summary>US dollars that counted in it when the file was checked.</summary>
        public decimal UsedAmount { get; init; }

        public long PassingCount { get; init; }
        public decimal PassingAmount { get; init; }
    }

    public LimitImportReading Import { get; private set; } = null!;

    /// <summary>As in the file.</summary>
    public KeysetPage<Row> Rows { get; private set; } = null!;

    /// <summary>The first rows whose customer would be over.</summary>
    public IReadOnlyList<Row> Over { get; private set; } = [];

    /// <summary>The first rows that would have let refused purchases pass.</summary>
    public IReadOnlyList<Row> Passing { get; private set; } = [];

    /// <summary>As typed.</summary>
    public string? Reason { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromRoute] string id, [FromQuery] Input query)
    {
        if (!KeysetPosition.TryRead(query.Before, query.After, out var position))
            return BadRequest();
        return await ReadAsync(id, position) ? Page() : NotFound();
    }

    public async Task<IActionResult> OnPostConfirmAsync([FromRoute] string id, [FromForm] ConfirmForm form)
    {
        if (!await ReadAsync(id, new KeysetPosition(null, null)))
            return NotFound();

        Reason = form.Reason;
        var reason = await ComposedText.ReadOrNullAsync(dataSources.AdminPages, form.Reason, MaxReasonLength, lineBreaks: true);
        if (reason is null)
            return Refuse($"Say why, in 1 to {MaxReasonLength} characters.");

        var reply = await store.ConfirmLimitImportAsync(Import.LimitImportId, reason, User.AdminActor());
        return reply.Outcome switch
        {
            LimitImportConfirmationOutcome.Confirmed => SeeAgain(),
            LimitImportConfirmationOutcome.Unchanged => SeeAgain("It changes nothing."),
            LimitImportConfirmationOutcome.Ended => SeeAgain("Nothing was done: this import had been confirmed or cancelled before."),
            LimitImportConfirmationOutcome.NeedsRight => Refuse($"Row {reply.RowNumber} says “no limit”, which takes a right that you do not have."),
            LimitImportConfirmationOutcome.NeedsSecondAdmin => Refuse($"Row {reply.RowNumber} is a raise that takes a second admin. Ask for it on the customer's page, and leave it out here."),
            LimitImportConfirmationOutcome.UnknownImport => NotFound(),
            LimitImportConfirmationOutcome.Busy => this.PageBusy(),
            LimitImportConfirmationOutcome.InDoubt => this.PageInDoubt(),
            _ => throw new InvalidOperationException($"confirm_limit_import ended as {reply.Outcome}."),
        };
    }

    public async Task<IActionResult> OnPostCancelAsync([FromRoute] string id)
    {
        if (!await ReadAsync(id, new KeysetPosition(null, null)))
            return NotFound();

        var reply = await store.CancelLimitImportAsync(Import.LimitImportId, User.AdminActor());
        return reply.Outcome switch
        {
            LimitImportCancellationOutcome.Cancelled => SeeAgain(),
            LimitImportCancellationOutcome.Ended => SeeAgain("It was too late to cancel: this import had its moment, or had ended, before."),
            LimitImportCancellationOutcome.UnknownImport => NotFound(),
            LimitImportCancellationOutcome.Busy => this.PageBusy(),
            LimitImportCancellationOutcome.InDoubt => this.PageInDoubt(),
            _ => throw new InvalidOperationException($"cancel_limit_import ended as {reply.Outcome}."),
        };
    }

    private PageResult Refuse(string sentence)
    {
        ModelState.AddModelError("reason", sentence);
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }

    private SeeOtherResult SeeAgain(string? warning = null)
    {
        if (warning is not null)
            TempData["notice-warn"] = warning;
        return new SeeOtherResult($"/admin/limits/import/{Import.LimitImportId:D}");
    }

    private async Task<bool> ReadAsync(string id, KeysetPosition position)
    {
        if (!Guid.TryParseExact(id, "D", out var limitImportId) || await LimitImportReading.ReadAsync(dataSources, limitImportId) is not { } import)
            return false;

        Import = import;
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        var rows = (await ReadRowsAsync(
            $"r.row_number > coalesce(@After, 0) AND r.row_number < coalesce(@Before, 9223372036854775807) ORDER BY r.row_number {(position.Before is null ? "" : "DESC")} LIMIT {PageSize + 1}"))
            .AsList();
        if (position.Before is not null)
            rows.Reverse();
        Rows = position.Cut(rows, PageSize, isDescending: false, row => row.RowNumber);
        // Nobody asks once it is decided.
        if (import.Status == "checked")
        {
            Over = import.OverCount == 0 ? [] : (await ReadRowsAsync($"r.used_amount > r.limit_after ORDER BY r.row_number LIMIT {FirstCount}")).AsList();
            Passing = import.PassingCount == 0 ? [] : (await ReadRowsAsync($"r.passing_count > 0 ORDER BY r.row_number LIMIT {FirstCount}")).AsList();
        }

        return true;

        Task<IEnumerable<Row>> ReadRowsAsync(string which) => connection.QueryAsync<Row>(
            $"""
            SELECT r.row_number, r.customer_id, c.display_name AS name, r.window_name, r.is_change, r.limit_before, r.limit_after,
                   r.valid_to, r.used_amount, r.passing_count, r.passing_amount
            FROM store.limit_import_row r
            JOIN store.customer c USING (customer_id)
            WHERE r.limit_import_id = @limitImportId
              AND {which}
            """,
            new { limitImportId, position.Before, position.After });
    }
}
