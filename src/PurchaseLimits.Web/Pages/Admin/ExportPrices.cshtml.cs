using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>
/// The current prices as a file that can be imported again: valid_from is empty, because those moments have passed, and a
/// price that is what it is already changes nothing. Products without a price are not in it.
/// </summary>
public sealed class ExportPricesModel(StoreDataSources dataSources) : PageModel
{
    public sealed record Row(long ProductId, decimal Price, string Name);

    public async Task<IActionResult> OnGetAsync()
    {
        var aborted = HttpContext.RequestAborted;
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync(aborted);
        await using var file = new CsvDownload(Response, "prices.csv");
        await file.WriteAsync("product_id", "price", "valid_from", "name");
        await foreach (var row in connection.QueryUnbufferedAsync<Row>(
            """
            SELECT p.product_id, c.price, p.name
            FROM store.product p
            JOIN store.current_price c USING (product_id)
            ORDER BY p.product_id
            """).WithCancellation(aborted))
        {
            await file.WriteAsync(
                row.ProductId.ToString(CultureInfo.InvariantCulture), row.Price.ToString("0.00", CultureInfo.InvariantCulture), "", row.Name);
        }

        return new EmptyResult();
    }
}
