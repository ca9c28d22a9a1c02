using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class ProductsModel(StoreDataSources dataSources) : PageModel
{
    public const int MaxSearchLength = 120;
    private const int PageSize = 50;

    /// <summary>What <c>?show=</c> may say, and what it says on the page.</summary>
    public static IReadOnlyDictionary<string, string> Shows { get; } = new Dictionary<string, string>
    {
        ["all"] = "All",
        ["unpriced"] = "Without a price",
        ["future"] = "With a future price",
        ["withdrawn"] = "Withdrawn",
    };

    public sealed record Input
    {
        public string? Search { get; init; }
        public string? Show { get; init; }
        public string? Before { get; init; }
        public string? After { get; init; }
    }

    /// <summary>A part of a name, or a product's number; null for everything.</summary>
    public string? Search { get; private set; }

    /// <summary>A key of <see cref="Shows"/>.</summary>
    public string Show { get; private set; } = "all";

    /// <summary>How many products are for sale and have no price.</summary>
    public long UnpricedCount { get; private set; }

    public KeysetPage<ProductRow> Products { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromQuery] Input query)
    {
        Search = string.IsNullOrWhiteSpace(query.Search) ? null : query.Search.Trim();
        Show = query.Show ?? "all";
        if (Search?.Length > MaxSearchLength
            || !Shows.ContainsKey(Show)
            || !KeysetPosition.TryRead(query.Before, query.After, out var position))
            return BadRequest();

        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        UnpricedCount = await connection.QuerySingleAsync<long>(
            """
            SELECT count(*)
            FROM store.product p
            LEFT JOIN store.current_price c USING (product_id)
            WHERE p.withdrawn_at IS NULL
              AND c.product_id IS NULL
            """);
        // Backwards from @Before the nearest rows come first: they are turned round below.
        var rows = (await connection.QueryAsync<ProductRow>(
            $"""
            {ProductRow.Select}
            WHERE p.product_id > coalesce(@After, 0)
              AND p.product_id < coalesce(@Before, 9223372036854775807)
              AND (@Search::text IS NULL
                   OR p.product_id = @Number
                   OR position(lower(normalize(@Search, NFC)) IN lower(p.name)) > 0)
              AND CASE @Show
                      WHEN 'unpriced' THEN c.price IS NULL AND p.withdrawn_at IS NULL
                      WHEN 'future' THEN n.price IS NOT NULL
                      WHEN 'withdrawn' THEN p.withdrawn_at IS NOT NULL
                      ELSE true
                  END
            ORDER BY p.product_id {(position.Before is null ? "" : "DESC")}
            LIMIT {PageSize + 1}
            """,
            new
            {
                Search,
                Show,
                Number = StrictInput.TryId(Search, out var number) ? number : (long?)null,
                position.Before,
                position.After,
            })).AsList();
        if (position.Before is not null)
            rows.Reverse();
        Products = position.Cut(rows, PageSize, isDescending: false, row => row.ProductId);
        return Page();
    }
}
