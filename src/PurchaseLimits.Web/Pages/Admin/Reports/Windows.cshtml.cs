using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

public sealed class WindowsModel(StoreDataSources dataSources, IOptions<ReportOptions> options) : PageModel
{
    private const int PageSize = 50;
    private const int FilePageSize = 5000;

    /// <summary>What <c>?use=</c> may say: what it says on the page, and what SQL it is.</summary>
    public static IReadOnlyDictionary<string, (string Words, string Condition)> Uses { get; } = new Dictionary<string, (string, string)>
    {
        ["all"] = ("All", "true"),
        ["near"] = ("80 % used or more", "u.used_percent >= 80"),
        ["at"] = ("At the limit", "u.left_amount = 0 AND u.over_by = 0"),
        ["over"] = ("Over the limit", "u.over_by > 0"),
    };

    public static IReadOnlyDictionary<string, (string Words, string Sql)> Sorts { get; } = new Dictionary<string, (string, string)>
    {
        ["share"] = ("Most of the limit", "u.used_percent"),
        ["spend"] = ("Most bought", "u.bought"),
    };

    public sealed record Input
    {
        /// <summary>day, week, month or year; empty: all of them.</summary>
        public string? Window { get; init; }
    }

    /// <summary>Amounts are US dollars.</summary>
    public sealed record Row
    {
        public long CustomerId { get; init; }
        public string DisplayName { get; init; } = "";
        public string WindowName { get; init; } = "";
        public DateTimeOffset StartsAt { get; init; }
        public DateTimeOffset ResetsAt { get; init; }
        public decimal Bought { get; init; }
        public decimal Held { get; init; }
        public decimal LimitAmount { get; init; }
        public decimal LeftAmount { get; init; }
        public decimal OverBy { get; init; }
        public decimal UsedPercent { get; init; }

        public decimal ValueOf(string sort) => sort == "spend" ? Bought : UsedPercent;
    }

    public sealed record Sum
    {
        public long Limits { get; init; }
        public long Near { get; init; }
        public long AtLimit { get; init; }
        public long Over { get; init; }
    }

    public ReportHead Head { get; private set; } = null!;
    public ShareFilter Filter { get; private set; } = null!;
    public string? Window { get; private set; }
    public IReadOnlyList<Row> Rows { get; private set; } = [];
    public Sum Total { get; private set; } = null!;

    /// <summary>Where the next page begins; null: nowhere.</summary>
    public string? After { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromQuery] ShareFilter.Input query, [FromQuery] Input list)
    {
        if (Read(query, list) is not { } filter)
            return BadRequest();
        (Filter, Window) = (filter, string.IsNullOrEmpty(list.Window) ? null : list.Window);
        await using var snapshot = await ReportSnapshot.OpenAsync(dataSources, HttpContext.RequestAborted);
        Head = await ReportHead.ReadAsync(dataSources, options.Value, ReportPage.Windows, snapshot);
        Total = await snapshot.SingleAsync<Sum>(
            $"""
            SELECT count(*) AS limits,
                   count(*) FILTER (WHERE {Uses["near"].Condition}) AS near,
                   count(*) FILTER (WHERE {Uses["at"].Condition}) AS at_limit,
                   count(*) FILTER (WHERE {Uses["over"].Condition}) AS over
            FROM report.limit_use u
            """);
        var sort = Sorts[filter.Sort].Sql;
        var (keyId, keyWindow) = Key(filter.AfterKey);
        var rows = await snapshot.QueryAsync<Row>(
            $"""
            {Select(filter)}
              AND (@AfterValue::numeric IS NULL OR ({sort}, -u.customer_id, u.window_name COLLATE "C") < (@AfterValue, -@keyId, @keyWindow COLLATE "C"))
            ORDER BY {sort} DESC, u.customer_id, u.window_name COLLATE "C" DESC
            LIMIT {PageSize + 1}
            """,
            new { filter.Search, filter.Number, Window, filter.AfterValue, keyId, keyWindow });
        Rows = [.. rows.Take(PageSize)];
        After = rows.Count > PageSize ? ShareFilter.Position(Rows[^1].ValueOf(filter.Sort), $"{ReportFile.Count(Rows[^1].CustomerId)} {Rows[^1].WindowName}") : null;
        return Page();
    }

    /// <summary>All that the filter finds, by customer.</summary>
    public async Task<IActionResult> OnGetCsvAsync([FromQuery] ShareFilter.Input query, [FromQuery] Input list)
    {
        if (Read(query, list) is not { } filter)
            return BadRequest();
        var window = string.IsNullOrEmpty(list.Window) ? null : list.Window;
        await using var file = new ReportFile(Response, "window-limits",
            "customer", "name", "window", "starts_at", "resets_at", "bought", "held", "limit", "left", "over_by", "used_percent");
        var (keyId, keyWindow) = (0L, "");
        while (true)
        {
            var (rows, asOf) = await ReportSnapshot.ReadAsync(dataSources, "limit_use", snapshot => snapshot.QueryAsync<Row>(
                $"""
                {Select(filter)}
                  AND u.customer_id >= @keyId
                  AND (u.customer_id, u.window_name) > (@keyId, @keyWindow)
                ORDER BY u.customer_id, u.window_name
                LIMIT {FilePageSize}
                """,
                new { filter.Search, filter.Number, Window = window, keyId, keyWindow }));
            foreach (var row in rows)
            {
                await file.WriteAsync(asOf, ReportFile.Count(row.CustomerId), row.DisplayName, row.WindowName,
                    ReportFile.Moment(row.StartsAt), ReportFile.Moment(row.ResetsAt), ReportFile.Money(row.Bought), ReportFile.Money(row.Held),
                    ReportFile.Money(row.LimitAmount), ReportFile.Money(row.LeftAmount), ReportFile.Money(row.OverBy), ReportFile.Money(row.UsedPercent));
            }

            if (rows.Count < FilePageSize)
                return new EmptyResult();
            (keyId, keyWindow) = (rows[^1].CustomerId, rows[^1].WindowName);
        }
    }

    private static ShareFilter? Read(ShareFilter.Input query, Input list) =>
        list.Window is null or "" or "day" or "week" or "month" or "year"
            ? ShareFilter.ReadOrNull(query, Uses.Keys, Sorts.Keys, key => Key(key).Id > 0)
            : null;

    // 17 week
    private static (long Id, string Window) Key(string? key)
    {
        var parts = key?.Split(' ') ?? [];
        return parts.Length == 2 && Http.StrictInput.TryId(parts[0], out var id) ? (id, parts[1]) : (0, "");
    }

    private static string Select(ShareFilter filter) =>
        $"""
        SELECT u.*, c.display_name
        FROM report.limit_use u
        JOIN store.customer c USING (customer_id)
        WHERE {Uses[filter.Use].Condition}
          AND (@Window::text IS NULL OR u.window_name = @Window)
          AND (@Search::text IS NULL OR u.customer_id = @Number OR position(lower(normalize(@Search, NFC)) IN lower(c.display_name)) > 0)
        """;
}
