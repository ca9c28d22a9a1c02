using System.Globalization;
using CsvHelper;
using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;

namespace PurchaseLimits.Web.Pages;

/// <summary>
/// A customer's whole statement as a file, oldest first, some rows at a time: whoever is slow to take it holds no connection.
/// </summary>
[Authorize(Policy = AccountServices.CustomersOnly)]
public sealed class StatementFileModel(StoreDataSources dataSources) : PageModel
{
    private const int PageSize = 1000;

    /// <summary>What happened after an event, as much of it as is read at once.</summary>
    public static readonly string Select =
        $"""
        SELECT {StatementRow.Joined}
        FROM (
            SELECT *
            FROM store.customer_event
            WHERE customer_id = @customerId
              AND sequence_number > @after
            ORDER BY sequence_number
            LIMIT {PageSize}
        ) e
        {StatementRow.Joins}
        ORDER BY e.sequence_number
        """;

    public async Task<IActionResult> OnGetAsync()
    {
        var aborted = HttpContext.RequestAborted;
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
        for (var last = 0L; ;)
        {
            var rows = await ReadAsync(last);
            foreach (var row in rows)
                await writer.WriteRecordAsync(Cells(row), aborted);
            await writer.FlushAsync(aborted);
            if (rows.Count < PageSize)
                return new EmptyResult();
            last = rows[^1].SequenceNumber;
        }
    }

    private async Task<IReadOnlyList<StatementRow>> ReadAsync(long after)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync(HttpContext.RequestAborted);
        return (await connection.QueryAsync<StatementRow>(Select, new { customerId = User.CustomerId(), after })).AsList();
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
