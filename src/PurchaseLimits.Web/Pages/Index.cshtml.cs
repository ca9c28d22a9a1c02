using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>The shop, all of it or one category: the model of Index and of Category.</summary>
[AllowAnonymous]
public sealed class IndexModel(StoreDataSources dataSources) : PageModel
{
    public const int PageSize = 20;
    public const int MaxQueryLength = 100;

    /// <param name="Q">What to look for.</param>
    /// <param name="After">The product that the page before ended with.</param>
    /// <param name="Before">The product that the page after begins with.</param>
    public sealed record Input(string? Q, string? After, string? Before);

    public sealed record CategoryRow(string Slug, string Name);

    public sealed record ProductRow
    {
        public long ProductId { get; init; }
        public required string Name { get; init; }
        public required string Tile { get; init; }

        /// <summary>Null: price on request.</summary>
        public decimal? Price { get; init; }

        /// <summary>One of it would pass the limit of whoever looks.</summary>
        public bool OverLeft { get; init; }
    }

    public string Query { get; private set; } = "";
    public CategoryRow? Category { get; private set; }
    public IReadOnlyList<CategoryRow> Categories { get; private set; } = [];
    public IReadOnlyList<ProductRow> Products { get; private set; } = [];
    public bool HasPrevious { get; private set; }
    public bool HasNext { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromQuery] Input input, [FromRoute] string? slug)
    {
        Query = input.Q?.Trim() ?? "";
        long after = 0, before = 0;
        if (Query.Length > MaxQueryLength
            || (input.After is not null && !StrictInput.TryId(input.After, out after))
            || (input.Before is not null && !StrictInput.TryId(input.Before, out before))
            || (after > 0 && before > 0))
        {
            return BadRequest();
        }

        await using var connection = await dataSources.Pages.OpenConnectionAsync(HttpContext.RequestAborted);
        using var results = await connection.QueryMultipleAsync(
            $"""
            SELECT slug, name FROM store.category ORDER BY position, category_id;

            {SelectProducts(inCategory: slug is not null, searched: Query != "", after > 0, before > 0)}
            """,
            new
            {
                customerId = User.CustomerIdOrNull(),
                slug,
                query = Query,
                pattern = $"%{Query.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_")}%",
                cursor = Math.Max(after, before),
                limit = PageSize + 1,
            });
        Categories = [.. await results.ReadAsync<CategoryRow>()];
        Products = [.. await results.ReadAsync<ProductRow>()];
        Category = Categories.SingleOrDefault(category => category.Slug == slug);
        if (slug is not null && Category is null)
            return NotFound();

        // One row more than a page was asked for: it says only that there is more in that direction.
        var more = Products.Count > PageSize;
        if (more)
            Products = [.. before > 0 ? Products.Skip(1) : Products.Take(PageSize)];
        HasPrevious = Products.Count > 0 && (before > 0 ? more : after > 0);
        HasNext = Products.Count > 0 && (before > 0 || more);
        return Page();
    }

    /// <summary>Only the conditions that apply, so that each shape of the page has its own plan and its own index.</summary>
    private static string SelectProducts(bool inCategory, bool searched, bool after, bool before) =>
        $"""
        WITH page AS (
            SELECT p.product_id, p.name, p.tile
            FROM store.product p
            WHERE p.withdrawn_at IS NULL
            {(inCategory ? "AND p.category_id = (SELECT c.category_id FROM store.category c WHERE c.slug = @slug)" : "")}
            {(searched ? "AND (p.search_vector @@ websearch_to_tsquery('english', @query) OR p.name ILIKE @pattern)" : "")}
            {(after || before
                ? $"AND (p.name, p.product_id) {(after ? ">" : "<")} (SELECT k.name, k.product_id FROM store.product k WHERE k.product_id = @cursor)"
                : "")}
            ORDER BY {(before ? "p.name DESC, p.product_id DESC" : "p.name, p.product_id")}
            LIMIT @limit
        )
        SELECT page.product_id, page.name, page.tile, c.price, coalesce(c.price > a.left_amount, false) AS over_left
        FROM page
        LEFT JOIN store.current_price c ON c.product_id = page.product_id
        LEFT JOIN store.customer_allowance a ON a.customer_id = @customerId
        ORDER BY page.name, page.product_id
        """;
}
