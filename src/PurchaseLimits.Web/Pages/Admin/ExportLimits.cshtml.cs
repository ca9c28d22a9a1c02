using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>
/// Every customer's limits as they are in force at one moment, as a file that can be imported again: the lifetime limit of
/// each, and each window that has a limit. Limits that begin later are not in it.
/// </summary>
public sealed class ExportLimitsModel(StoreDataSources dataSources) : PageModel
{
    /// <summary>Customers a statement: no statement of a role may run for long.</summary>
    private const int Customers = 2000;

    private sealed record Row(long CustomerId, string WindowName, decimal LimitAmount, DateTimeOffset ValidTo, DateTime? LastDay);

    public async Task<IActionResult> OnGetAsync()
    {
        var aborted = HttpContext.RequestAborted;
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync(aborted);
        var moment = await connection.QuerySingleAsync<DateTimeOffset>("SELECT statement_timestamp()");
        await using var file = new CsvDownload(Response, "limits.csv");
        await file.WriteAsync("customer", "limit", "window", "until");
        for (var last = 0L; ;)
        {
            var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
                """
                SELECT c.customer_id, l.window_name, l.limit_amount, l.valid_to, d.last_day::timestamp AS last_day
                FROM (
                    SELECT c.customer_id
                    FROM store.customer c
                    WHERE c.customer_id > @last
                    ORDER BY c.customer_id
                    LIMIT @Customers
                ) c
                CROSS JOIN store.store_setting s
                CROSS JOIN LATERAL store.limits_in_force(c.customer_id, @moment) l
                JOIN store.limit_window w USING (window_name)
                LEFT JOIN LATERAL ( -- of the store's zone, where it ends with that day
                    SELECT (l.valid_to AT TIME ZONE s.time_zone)::date - 1 AS last_day
                    WHERE l.valid_to < 'infinity'
                      AND (l.valid_to AT TIME ZONE s.time_zone)::time = '00:00'
                ) d ON true
                WHERE l.window_name = 'lifetime'
                   OR l.limit_amount < store.no_limit()
                ORDER BY c.customer_id, w.position
                """,
                new { last, Customers, moment }, cancellationToken: aborted))).AsList();
            if (rows.Count == 0)
                return new EmptyResult();

            foreach (var row in rows)
            {
                await file.WriteAsync(
                    row.CustomerId.ToString(CultureInfo.InvariantCulture), LimitFile.Cell(row.LimitAmount), row.WindowName,
                    LimitFile.Cell(row.ValidTo, row.LastDay is { } day ? DateOnly.FromDateTime(day) : null));
            }

            last = rows[^1].CustomerId;
        }
    }
}
