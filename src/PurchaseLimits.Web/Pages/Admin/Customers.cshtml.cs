using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class CustomersModel(StoreDataSources dataSources) : PageModel
{
    public const int MaxSearchLength = 254;
    private const int PageSize = 50;

    /// <summary>What <c>?use=</c> may say, and what it says on the page.</summary>
    public static IReadOnlyDictionary<string, string> Uses { get; } = new Dictionary<string, string>
    {
        ["all"] = "All",
        ["near"] = "80 % used or more",
        ["at"] = "At the limit",
        ["over"] = "Over the limit",
    };

    public sealed record Input
    {
        public string? Search { get; init; }
        public string? Use { get; init; }
        public string? Before { get; init; }
        public string? After { get; init; }
    }

    /// <summary>A part of a name or an e-mail, or a customer's number; null for everybody.</summary>
    public string? Search { get; private set; }

    /// <summary>A key of <see cref="Uses"/>.</summary>
    public string Use { get; private set; } = "all";

    public KeysetPage<CustomerRow> Customers { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromQuery] Input query)
    {
        Search = string.IsNullOrWhiteSpace(query.Search) ? null : query.Search.Trim();
        Use = query.Use ?? "all";
        if (Search?.Length > MaxSearchLength
            || !Uses.ContainsKey(Use)
            || !KeysetPosition.TryRead(query.Before, query.After, out var position))
            return BadRequest();

        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        // Backwards from @Before the nearest rows come first: they are turned round below.
        var rows = (await connection.QueryAsync<CustomerRow>(
            $"""
            {CustomerRow.Select}
            WHERE c.customer_id > coalesce(@After, 0)
              AND c.customer_id < coalesce(@Before, 9223372036854775807)
              AND (@Search::text IS NULL
                   OR c.customer_id = @Number
                   OR position(lower(normalize(@Search, NFC)) IN lower(c.display_name)) > 0
                   OR position(lower(@Search) IN lower(u.email)) > 0)
              AND CASE @Use
                      WHEN 'near' THEN a.amount + a.held >= 0.8 * a.limit_amount
                      WHEN 'at' THEN a.amount + a.held = a.limit_amount
                      WHEN 'over' THEN a.over_by > 0
                      ELSE true
                  END
            ORDER BY c.customer_id {(position.Before is null ? "" : "DESC")}
            LIMIT {PageSize + 1}
            """,
            new
            {
                Search,
                Use,
                Number = StrictInput.TryId(Search, out var number) ? number : (long?)null,
                position.Before,
                position.After,
            })).AsList();
        if (position.Before is not null)
            rows.Reverse();
        Customers = position.Cut(rows, PageSize, isDescending: false, row => row.CustomerId);
        return Page();
    }
}
