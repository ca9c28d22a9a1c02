using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What became of each row of an import of limits that has ended, as a file.</summary>
public sealed class LimitImportResultModel(StoreDataSources dataSources) : PageModel
{
    private const int RowsTogether = 5000;

    private sealed record Row(
        long RowNumber, long CustomerId, string WindowName, decimal LimitBefore, decimal LimitAfter, DateTimeOffset ValidTo,
        bool IsChange, DateTime? LastDay);

    public async Task<IActionResult> OnGetAsync([FromRoute] string id)
    {
        if (!Guid.TryParseExact(id, "D", out var limitImportId)
            || await LimitImportReading.ReadAsync(dataSources, limitImportId) is not { Status: "done" or "cancelled" or "failed" } import)
            return NotFound();

        var aborted = HttpContext.RequestAborted;
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync(aborted);
        await using var file = new CsvDownload(Response, "limits-result.csv");
        await file.WriteAsync("customer", "window", "limit before", "limit after", "until", "result");
        for (var last = 0L; ;)
        {
            var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
                """
                SELECT r.row_number, r.customer_id, r.window_name, coalesce(c.limit_before, r.limit_before)::numeric AS limit_before,
                       r.limit_after::numeric AS limit_after, r.valid_to, r.is_change, d.last_day::timestamp AS last_day
                FROM store.limit_import_row r
                CROSS JOIN store.store_setting s
                LEFT JOIN store.limit_change c USING (customer_id, limit_change_id)
                LEFT JOIN LATERAL ( -- of the store's zone, where it ends with that day
                    SELECT (r.valid_to AT TIME ZONE s.time_zone)::date - 1 AS last_day
                    WHERE r.valid_to < 'infinity'
                      AND (r.valid_to AT TIME ZONE s.time_zone)::time = '00:00'
                ) d ON true
                WHERE r.limit_import_id = @limitImportId
                  AND r.row_number > @last
                ORDER BY r.row_number
                LIMIT @RowsTogether
                """,
                new { limitImportId, last, RowsTogether }, cancellationToken: aborted))).AsList();
            if (rows.Count == 0)
                return new EmptyResult();

            foreach (var row in rows)
            {
                await file.WriteAsync(
                    row.CustomerId.ToString(CultureInfo.InvariantCulture), row.WindowName, LimitFile.Cell(row.LimitBefore),
                    LimitFile.Cell(row.LimitAfter), LimitFile.Cell(row.ValidTo, row.LastDay is { } day ? DateOnly.FromDateTime(day) : null),
                    ResultOf(import, row));
            }

            last = rows[^1].RowNumber;
        }
    }

    private static string ResultOf(LimitImportReading import, Row row) => import.Status switch
    {
        "done" => row.IsChange ? "changed" : "unchanged",
        "cancelled" => "not changed: cancelled",
        _ when row.RowNumber != import.FailedRowNumber => "not changed: another row was to blame",
        _ when import.Failure == "ends_in_past" => "not changed: its last day was over",
        _ => "not changed: the limit was changed meanwhile",
    };
}
