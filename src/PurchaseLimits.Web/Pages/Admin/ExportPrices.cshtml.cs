using System.Globalization;
using CsvHelper;
using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>
/// The current prices as a file that can be imported again: valid_from is empty, because those moments have passed, and a
/// price that is what it is already changes nothing. Products without a price are not in it.
/// </summary>
public sealed class ExportPricesModel(StoreDataSources dataSources) : PageModel
{
    // Rows between two writes to the network.
    private const int FlushEvery = 500;

    public sealed record Row(long ProductId, decimal Price, string Name);

    public async Task<IActionResult> OnGetAsync()
    {
        var aborted = HttpContext.RequestAborted;
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync(aborted);
        Response.ContentType = "text/csv; charset=utf-8";
        Response.Headers.ContentDisposition = "attachment; filename=prices.csv";
        Response.Headers.CacheControl = "no-store";

        await using var writer = CsvWriter.Create(Response.Body, new CsvWriterOptions
        {
            WriteByteOrderMark = true, // or Excel takes it for another encoding
            Injection = CsvInjection.Escape,
        }, leaveOpen: true);
        await writer.WriteRecordAsync(["product_id", "price", "valid_from", "name"], aborted);
        var count = 0;
        await foreach (var row in connection.QueryUnbufferedAsync<Row>(
            """
            SELECT p.product_id, c.price, p.name
            FROM store.product p
            JOIN store.current_price c USING (product_id)
            ORDER BY p.product_id
            """).WithCancellation(aborted))
        {
            await writer.WriteRecordAsync(
                [row.ProductId.ToString(CultureInfo.InvariantCulture), row.Price.ToString("0.00", CultureInfo.InvariantCulture), "", row.Name], aborted);
            if (++count % FlushEvery == 0)
                await writer.FlushAsync(aborted);
        }

        return new EmptyResult();
    }
}
