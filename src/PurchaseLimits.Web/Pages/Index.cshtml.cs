using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.OutputCaching;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>The shop, all of it or one category: the model of Index and of Category.</summary>
[AllowAnonymous]
[OutputCache(PolicyName = VisitorPages.Policy)]
public sealed class IndexModel(StoreDataSources dataSources) : PageModel
{
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

    /// <summary>All categories in their order; the same on every row, so that the page is one statement.</summary>
    public sealed record Shelves
    {
        public required string[] Slugs { get; init; }
        public required string[] Names { get; init; }
    }

    public string Title => Query != "" ? $"“{Query}”" : Category?.Name ?? "Shop";

    public string Query { get; private set; } = "";
    public CategoryRow? Category { get; private set; }
    public IReadOnlyList<CategoryRow> Categories { get; private set; } = [];
    public KeysetPage<ProductRow> Products { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromQuery] Input input, [FromRoute] string? slug)
    {
        Query = input.Q?.Trim() ?? "";
        if (Query.Length > MaxQueryLength || !KeysetPosition.TryRead(input.Before, input.After, out var position))
            return BadRequest();

        await using var connection = await dataSources.Pages.OpenConnectionAsync(HttpContext.RequestAborted);
        var rows = (await connection.QueryAsync<Shelves, ProductRow?, (Shelves Shelves, ProductRow? Product)>(
            SelectProducts(inCategory: slug is not null, searched: Query != "", position),
            (shelves, product) => (shelves, product),
            new
            {
                customerId = User.CustomerIdOrNull(),
                slug,
                query = Query,
                pattern = $"%{Query.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_")}%",
                cursor = position.After ?? position.Before,
                limit = KeysetPosition.PageSize + 1,
            },
            splitOn: "product_id")).ToList();
        Categories = [.. rows[0].Shelves.Slugs.Zip(rows[0].Shelves.Names, (categorySlug, name) => new CategoryRow(categorySlug, name))];
        Products = position.Cut([.. rows.Select(row => row.Product).OfType<ProductRow>()], KeysetPosition.PageSize, isDescending: false, row => row.ProductId);
        Category = Categories.SingleOrDefault(category => category.Slug == slug);
        return slug is null || Category is not null ? Page() : NotFound();
    }

    /// <summary>Only the conditions that apply, so that each shape of the page has its own plan and its own index.</summary>
    private static string SelectProducts(bool inCategory, bool searched, KeysetPosition position) =>
        $"""
        WITH shelves AS (
            SELECT
                coalesce(array_agg(c.slug ORDER BY c.position, c.category_id), ARRAY[]::text[]) AS slugs,
                coalesce(array_agg(c.name ORDER BY c.position, c.category_id), ARRAY[]::text[]) AS names
            FROM store.category c
        ), page AS (
            SELECT p.product_id, p.name, p.tile
            FROM store.product p
            WHERE p.withdrawn_at IS NULL
            {(inCategory ? "AND p.category_id = (SELECT c.category_id FROM store.category c WHERE c.slug = @slug)" : "")}
            {(searched ? "AND (p.search_vector @@ websearch_to_tsquery('english', @query) OR p.name ILIKE @pattern)" : "")}
            {(position.After is not null || position.Before is not null
                ? $"AND (p.name, p.product_id) {(position.Before is null ? ">" : "<")} (SELECT k.name, k.product_id FROM store.product k WHERE k.product_id = @cursor)"
                : "")}
            ORDER BY {(position.Before is not null ? "p.name DESC, p.product_id DESC" : "p.name, p.product_id")}
            LIMIT @limit
        )
        SELECT
            shelves.slugs,
            shelves.names,
            page.product_id,
            page.name,
            page.tile,
            c.price,
            coalesce(c.price > a.left_amount, false) AS over_left
        FROM shelves
        LEFT JOIN page ON true
        LEFT JOIN store.current_price c ON c.product_id = page.product_id
        LEFT JOIN store.customer_allowance a ON a.customer_id = @customerId
        ORDER BY page.name, page.product_id
        """;
}
