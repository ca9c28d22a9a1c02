using System.Globalization;
using CsvHelper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>
/// All that the audit page's filter finds, newest first. Read page by page: no statement is open while a slow reader takes its
/// time, and what is written meanwhile is newer than what is still to come.
/// </summary>
public sealed class ExportAuditModel(StoreDataSources dataSources) : PageModel
{
    private const int PageSize = 1000;

    public async Task<IActionResult> OnGetAsync([FromQuery] AuditFilter.Input query)
    {
        var aborted = HttpContext.RequestAborted;
        var isWrong = false;
        var filter = await AuditFilter.ReadOrNullAsync(dataSources.AdminPages, query with { Before = null, After = null }, _ => isWrong = true);
        if (filter is null || isWrong)
            return BadRequest();

        var names = await AdminNames.ReadAsync(dataSources);
        Response.ContentType = "text/csv; charset=utf-8";
        Response.Headers.ContentDisposition = "attachment; filename=audit.csv";
        Response.Headers.CacheControl = "no-store";
        await using var writer = CsvWriter.Create(Response.Body, new CsvWriterOptions
        {
            WriteByteOrderMark = true, // or Excel takes it for another encoding
            Injection = CsvInjection.Escape,
        }, leaveOpen: true);
        await writer.WriteRecordAsync(
            ["when", "who", "what", "kind", "which", "customer_id", "purchase_number", "product_id", "name", "old", "new", "valid_from", "valid_to", "why"], aborted);
        while (true)
        {
            IReadOnlyList<AuditEntry> rows;
            await using (var connection = await dataSources.AdminPages.OpenConnectionAsync(aborted))
                rows = await filter.ReadAsync(connection, PageSize - 1);
            foreach (var row in rows)
                await writer.WriteRecordAsync(Record(row, names), aborted);
            await writer.FlushAsync(aborted);
            if (rows.Count < PageSize)
                return new EmptyResult();
            filter = filter.OlderThan(rows[^1]);
        }
    }

    private static string[] Record(AuditEntry row, AdminNames names) =>
    [
        StrictInput.Moment(row.HappenedAt.ToUniversalTime()),
        names.Of(row.Actor),
        row.Words,
        row.Kind,
        row.DetailWords ?? "",
        Number(row.CustomerId),
        Number(row.PurchaseNumber),
        Number(row.ProductId),
        row.Name ?? "",
        row.Old,
        row.New,
        Moment(row.ValidFrom),
        Moment(row.ValidTo),
        row.Reason,
    ];

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    // Infinity, "for good", is nothing here.
    private static string Moment(DateTimeOffset? moment) =>
        moment is { } known && known < DateTimeOffset.MaxValue ? StrictInput.Moment(known.ToUniversalTime()) : "";
}
