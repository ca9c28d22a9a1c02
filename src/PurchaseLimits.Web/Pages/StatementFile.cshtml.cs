using System.Globalization;
using CsvHelper;
using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;

namespace PurchaseLimits.Web.Pages;

/// <summary>A customer's whole statement as a file, oldest first, written as it is read.</summary>
[Authorize(Policy = AccountServices.CustomersOnly)]
public sealed class StatementFileModel(StoreDataSources dataSources) : PageModel
{
    // Rows between two writes to the network.
    private const int FlushEvery = 500;

    public async Task<IActionResult> OnGetAsync()
    {
        var aborted = HttpContext.RequestAborted;
        await using var connection = await dataSources.Pages.OpenConnectionAsync(aborted);
        Response.ContentType = "text/csv; charset=utf-8";
        Response.Headers.ContentDisposition = "attachment; filename=statement.csv";
        Response.Headers.CacheControl = "no-store";

        await using var writer = CsvWriter.Create(Response.Body, new CsvWriterOptions
        {
            WriteByteOrderMark = true, // or Excel takes it for another encoding
            Injection = CsvInjection.Escape,
        }, leaveOpen: true);
        await writer.WriteRecordAsync(
            ["number", "time_utc", "what_happened", "purchase", "bought", "held", "bought_in_all", "held_in_all", "limit_then",
             "which_limit", "limit_before", "limit_after", "from_utc", "until_utc", "by", "reason"], aborted);
        var count = 0;
        await foreach (var row in connection.QueryUnbufferedAsync<StatementRow>(
            $"""
            SELECT {StatementRow.Joined}
            FROM store.customer_event e
            {StatementRow.Joins}
            WHERE e.customer_id = @customerId
            ORDER BY e.sequence_number
            """,
            new { customerId = User.CustomerId() }).WithCancellation(aborted))
        {
            await writer.WriteRecordAsync(Cells(row), aborted);
            if (++count % FlushEvery == 0)
                await writer.FlushAsync(aborted);
        }

        return new EmptyResult();
    }

    private static string[] Cells(StatementRow row)
    {
        var isAboutLimit = row.Kind.StartsWith("limit_", StringComparison.Ordinal);
        return
        [
            row.SequenceNumber.ToString(CultureInfo.InvariantCulture),
            Time(row.OccurredAt),
            row.Title,
            row.PurchaseNumber?.ToString(CultureInfo.InvariantCulture) ?? "",
            Amount(row.BoughtChange),
            Amount(row.HeldChange),
            Amount(row.AmountAfter),
            Amount(row.HeldAfter),
            Limit(row.LimitAtTime),
            isAboutLimit || row.IsRefusedByWindow ? LimitWords.Name(row.Window) : "",
            isAboutLimit && row.LimitBefore is { } before ? Limit(before) : "",
            isAboutLimit ? Limit(row.LimitAfter) : "",
            row.ValidFrom is { } from ? Time(from) : "",
            row.ValidTo is { } to ? Time(to) : "",
            row.By,
            row.Reason,
        ];
    }

    private static string Amount(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Limit(decimal amount) => LimitWords.IsNone(amount) ? LimitWords.Amount(amount) : Amount(amount);

    private static string Time(DateTimeOffset moment) =>
        moment.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
