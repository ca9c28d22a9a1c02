using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

[AllowAnonymous]
public sealed class CartModel(Carts carts) : PageModel
{
    public sealed record Input
    {
        /// <summary>All of them: a field that was sent twice means nothing.</summary>
        [FromForm(Name = "product_id")]
        public string[]? ProductId { get; init; }

        public string[]? Quantity { get; init; }

        /// <summary>Sent for what has no price; empty takes it back.</summary>
        [FromForm(Name = "at_most")]
        public string[]? AtMost { get; init; }
    }

    public Cart Cart { get; private set; } = null!;

    /// <summary>The product of which something was refused, and what was typed.</summary>
    public (long ProductId, string Quantity, string AtMost)? Refused { get; private set; }

    /// <summary>Each line has a quantity of its own, so each has a field of its own name to be wrong.</summary>
    public static string QuantityField(long productId) => $"quantity-{productId}";

    public static string AtMostField(long productId) => $"at-most-{productId}";

    public async Task OnGetAsync() => Cart = await carts.ReadAsync(HttpContext);

    public async Task<IActionResult> OnPostSetAsync([FromForm] Input input)
    {
        if (input.ProductId is not [{ } product] || !StrictInput.TryId(product, out var productId))
            return BadRequest();

        var quantity = 0;
        if (input.Quantity is not [{ } text] || !StrictInput.TryQuantity(text, out quantity))
            ModelState.AddModelError(QuantityField(productId), $"Write a whole number from 1 to {StrictInput.MaxQuantity}. Nothing was changed.");

        var atMost = 0m;
        if (!(input.AtMost is null or [null or ""]) && !(input.AtMost is [{ } most] && StrictInput.TryAtMost(most, out atMost)))
            ModelState.AddModelError(AtMostField(productId), $"{ProductModel.AtMostHint} Nothing was changed.");

        if (!ModelState.IsValid)
        {
            Refused = (productId, input.Quantity is [{ } typed] ? typed : "", input.AtMost is [{ } typedToo] ? typedToo : "");
            Cart = await carts.ReadAsync(HttpContext);
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        return Changed(await carts.SetAsync(HttpContext, productId, quantity, input.AtMost is null ? null : atMost));
    }

    public async Task<IActionResult> OnPostRemoveAsync([FromForm] Input input) =>
        input.ProductId is [{ } product] && StrictInput.TryId(product, out var productId)
            ? Changed(await carts.RemoveAsync(HttpContext, productId))
            : BadRequest();

    private SeeOtherResult Changed(CartChange change)
    {
        // Another tab was quicker, or the purchase that emptied the cart.
        if (change == CartChange.NotInCart)
            TempData["notice-warn"] = "That product is not in your cart any more. This is what is in it now.";
        return new SeeOtherResult("/cart");
    }
}
