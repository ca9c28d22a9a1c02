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
public sealed class IndexModel(StoreDataSources dataSources, CustomerHeader customerHeader) : PageModel
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
    }

    public string Title => Query != "" ? $"“{Query}”" : Category?.Name ?? "Shop";

    public string Query { get; private set; } = "";
    public CategoryRow? Category { get; private set; }
    public IReadOnlyList<CategoryRow> Categories { get; private set; } = [];
    public KeysetPage<ProductRow> Products { get; private set; } = null!;

    /// <summary>US dollars; null for who is no customer.</summary>
    public decimal? LeftAmount { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromQuery] Input input, [FromRoute] string? slug)
    {
        Query = input.Q?.Trim() ?? "";
        if (Query.Length > MaxQueryLength || !KeysetPosition.TryRead(input.Before, input.After, out var position))
            return BadRequest();

        await ReadAsync(slug, position);
        Category = Categories.SingleOrDefault(category => category.Slug == slug);
        if (slug is not null && Category is null)
            return NotFound();
        if (User.CustomerIdOrNull() is { } customerId)
            LeftAmount = (await customerHeader.ReadAsync(customerId, HttpContext.RequestAborted)).Allowance?.LeftAmount;
        return Page();
    }

    /// <summary>Lets go of its connection before the header's takes one: who holds one and waits for another may wait for its like.</summary>
    private async Task ReadAsync(string? slug, KeysetPosition position)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync(HttpContext.RequestAborted);
        await using var results = await connection.QueryMultipleAsync(
            SelectCategories + SelectProducts(inCategory: slug is not null, searched: Query != "", position),
            new
            {
                slug,
                query = Query,
                pattern = $"%{Query.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_")}%",
                cursor = position.After ?? position.Before,
            });
        Categories = (await results.ReadAsync<CategoryRow>()).AsList();
        Products = position.Cut((await results.ReadAsync<ProductRow>()).AsList(), KeysetPosition.PageSize, isDescending: false, row => row.ProductId);
    }

    private const string SelectCategories =
        """
        SELECT c.slug, c.name
        FROM store.category c
        ORDER BY c.position, c.category_id;

        """;

    /// <summary>
    /// Only the conditions that apply, so that each shape of the page has its own plan and its own index. The number of rows is spelled out:
    /// with a parameter PostgreSQL takes the plan that knows it for so much better that it plans every page anew. Prices are looked up
    /// as store.current_price does, which would look for the product once more.
    /// </summary>
    private static string SelectProducts(bool inCategory, bool searched, KeysetPosition position) =>
        $"""
        WITH page AS (
            SELECT p.product_id, p.name, p.tile
            FROM store.product p
            WHERE p.withdrawn_at IS NULL
            {(inCategory ? "AND p.category_id = (SELECT c.category_id FROM store.category c WHERE c.slug = @slug)" : "")}
            {(searched ? "AND (p.search_vector @@ websearch_to_tsquery('english', @query) OR p.name ILIKE @pattern)" : "")}
            {(position.After is not null || position.Before is not null
                ? $"AND (p.name, p.product_id) {(position.Before is null ? ">" : "<")} (SELECT k.name, k.product_id FROM store.product k WHERE k.product_id = @cursor)"
                : "")}
            ORDER BY {(position.Before is not null ? "p.name DESC, p.product_id DESC" : "p.name, p.product_id")}
            LIMIT {KeysetPosition.PageSize + 1}
        )
        SELECT page.product_id, page.name, page.tile, price.price
        FROM page
        LEFT JOIN LATERAL (
            SELECT pp.price, pp.valid_to
            FROM store.product_price pp
            WHERE pp.product_id = page.product_id
              AND pp.valid_from <= statement_timestamp()
            ORDER BY pp.valid_from DESC
            LIMIT 1
        ) price ON price.valid_to > statement_timestamp()
        ORDER BY page.name, page.product_id
        """;
}
