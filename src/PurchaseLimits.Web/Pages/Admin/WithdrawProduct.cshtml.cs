using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Asks once more before a product is withdrawn or brought back.</summary>
public sealed class WithdrawProductModel(StoreDataSources dataSources, Store store) : PageModel
{
    public sealed record Input
    {
        /// <summary>What the button said: <c>withdraw</c> or <c>restore</c>. Pressed twice, it does not do the opposite.</summary>
        public string? Change { get; init; }
    }

    public ProductRow Product { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromRoute] string id) => await ReadAsync(id) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync([FromRoute] string id, [FromForm] Input input)
    {
        if (!await ReadAsync(id))
            return NotFound();

        return input.Change switch
        {
            "withdraw" => await WithdrawAsync(),
            "restore" => await RestoreAsync(),
            _ => BadRequest(),
        };
    }

    private async Task<IActionResult> WithdrawAsync()
    {
        var reply = await store.WithdrawProductAsync(Product.ProductId, User.AdminActor());
        return reply.Outcome switch
        {
            ProductWithdrawalOutcome.Withdrawn => Done("notice-good", $"{Product.Name} was withdrawn. It is no longer sold."),
            ProductWithdrawalOutcome.Unchanged => Done("notice-warn", $"{Product.Name} was withdrawn already."),
            ProductWithdrawalOutcome.UnknownProduct => NotFound(),
            ProductWithdrawalOutcome.Busy => this.PageBusy(),
            ProductWithdrawalOutcome.InDoubt => this.PageInDoubt(),
            _ => throw new InvalidOperationException($"withdraw_product ended as {reply.Outcome}."),
        };
    }

    private async Task<IActionResult> RestoreAsync()
    {
        var reply = await store.RestoreProductAsync(Product.ProductId, User.AdminActor());
        return reply.Outcome switch
        {
            ProductRestorationOutcome.Restored => Done("notice-good", $"{Product.Name} was brought back. It is sold again."),
            ProductRestorationOutcome.Unchanged => Done("notice-warn", $"{Product.Name} was for sale already."),
            ProductRestorationOutcome.UnknownProduct => NotFound(),
            ProductRestorationOutcome.Busy => this.PageBusy(),
            ProductRestorationOutcome.InDoubt => this.PageInDoubt(),
            _ => throw new InvalidOperationException($"restore_product ended as {reply.Outcome}."),
        };
    }

    private SeeOtherResult Done(string kind, string sentence)
    {
        TempData[kind] = sentence;
        return new SeeOtherResult($"/admin/products/{Product.ProductId}");
    }

    private async Task<bool> ReadAsync(string id)
    {
        if (!StrictInput.TryId(id, out var productId) || await ProductRow.ReadAsync(dataSources, productId) is not { } product)
            return false;

        Product = product;
        return true;
    }
}
