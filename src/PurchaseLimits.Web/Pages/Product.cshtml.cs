using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

[AllowAnonymous]
public sealed class ProductModel(StoreDataSources dataSources, Carts carts) : PageModel
{
    /// <summary>What an "at most" has to look like.</summary>
    public const string AtMostHint = "Write US dollars as 25 or 25.00, more than 0 and at most 1000000.";

    public sealed record Input
    {
        /// <summary>All of them: a field that was sent twice means nothing.</summary>
        public string[]? Quantity { get; init; }

        /// <summary>Sent where there is no price; may be empty.</summary>
        [FromForm(Name = "at_most")]
        public string[]? AtMost { get; init; }
    }

    public sealed record ProductRow
    {
        public long ProductId { get; init; }
        public required string Name { get; init; }
        public required string Description { get; init; }
        public required string Tile { get; init; }
        public required string CategorySlug { get; init; }
        public required string CategoryName { get; init; }
        public bool Withdrawn { get; init; }

        /// <summary>Null: price on request.</summary>
        public decimal? Price { get; init; }

        /// <summary>Null where the price has no end that is known.</summary>
        public DateTimeOffset? PriceEndsAt { get; init; }

        /// <summary>The price that is set to come next, and from when on; null where none is.</summary>
        public decimal? NextPrice { get; init; }
        public DateTimeOffset? NextPriceAt { get; init; }

        /// <summary>Null for a visitor.</summary>
        public decimal? LeftAmount { get; init; }

        /// <summary>Which limit leaves that, and when it resets.</summary>
        public LimitWindow LeftWindowName { get; init; }
        public DateTimeOffset? LeftResetsAt { get; init; }
    }

    public ProductRow Product { get; private set; } = null!;
    public string Quantity { get; private set; } = "1";
    public string AtMost { get; private set; } = "";

    public async Task<IActionResult> OnGetAsync([FromRoute] string id) => await ReadAsync(id) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync([FromRoute] string id, [FromForm] Input input)
    {
        if (!await ReadAsync(id))
            return NotFound();

        Quantity = input.Quantity is [{ } typed] ? typed : "";
        AtMost = input.AtMost is [{ } most] ? most : "";
        var quantity = 0;
        if (input.Quantity is not [{ }] || !StrictInput.TryQuantity(Quantity, out quantity))
            ModelState.AddModelError("quantity", $"Write a whole number from 1 to {StrictInput.MaxQuantity}. Nothing was added.");

        var atMost = 0m;
        if (!(input.AtMost is null or [null or ""]) && !(input.AtMost is [{ }] && StrictInput.TryAtMost(AtMost, out atMost)))
            ModelState.AddModelError("at_most", $"{AtMostHint} Nothing was added.");

        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        switch (await carts.AddAsync(HttpContext, Product.ProductId, new CartEntry(quantity, atMost > 0 ? atMost : null)))
        {
            case CartChange.Full:
                return Refuse($"A cart holds {Carts.MaxProducts} different products, and yours is full. Nothing was added.");
            case CartChange.NotSold:
                return Refuse("This is no longer sold. Nothing was added.");
            case CartChange.Capped:
                TempData["notice-warn"] = $"A cart holds {StrictInput.MaxQuantity} of a product. It has {StrictInput.MaxQuantity} of {Product.Name} now.";
                break;
            default:
                TempData["notice-good"] = $"{quantity} of {Product.Name} added to your cart.";
                break;
        }

        return new SeeOtherResult("/cart");
    }

    private PageResult Refuse(string sentence)
    {
        ModelState.AddModelError("quantity", sentence);
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }

    private async Task<bool> ReadAsync(string id)
    {
        if (!StrictInput.TryId(id, out var productId))
            return false;

        await using var connection = await dataSources.Pages.OpenConnectionAsync(HttpContext.RequestAborted);
        Product = (await connection.QuerySingleOrDefaultAsync<ProductRow>(
            """
            SELECT
                p.product_id,
                p.name,
                p.description,
                p.tile,
                g.slug AS category_slug,
                g.name AS category_name,
                p.withdrawn_at IS NOT NULL AS withdrawn,
                c.price,
                nullif(c.valid_to, 'infinity') AS price_ends_at,
                n.price AS next_price,
                n.valid_from AS next_price_at,
                a.left_amount,
                a.left_window_name,
                a.left_resets_at
            FROM store.product p
            JOIN store.category g ON g.category_id = p.category_id
            LEFT JOIN store.current_price c ON c.product_id = p.product_id
            LEFT JOIN LATERAL (
                SELECT pp.price, pp.valid_from
                FROM store.product_price pp
                WHERE pp.product_id = p.product_id
                  AND pp.valid_from > statement_timestamp()
                ORDER BY pp.valid_from
                LIMIT 1
            ) n ON true
            LEFT JOIN store.customer_allowance a ON a.customer_id = @customerId
            WHERE p.product_id = @productId
            """,
            new { productId, customerId = User.CustomerIdOrNull() }))!;
        return Product is not null;
    }
}
