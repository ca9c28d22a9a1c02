namespace PurchaseLimits.Web;

/// <summary>What admins do to products, and to prices that have not begun.</summary>
public sealed partial class Store
{
    /// <summary>Makes a product, without a price.</summary>
    public Task<ProductCreationReply> CreateProductAsync(ProductCreationRequest request) =>
        CallAsync(
            dataSources.AdminMoney,
            """
            SELECT replace(outcome, '_', '') AS outcome, product_id
            FROM store.create_product(@ChangeId, @CategoryId, @Name, @Description, @Tile, @Actor)
            """,
            new { request.ChangeId, request.Text.CategoryId, request.Text.Name, request.Text.Description, request.Text.Tile, request.Actor },
            rolledBack: new ProductCreationReply { Outcome = ProductCreationOutcome.Busy },
            inDoubt: new ProductCreationReply { Outcome = ProductCreationOutcome.InDoubt });

    /// <summary>Changes what a product says about itself.</summary>
    public Task<ProductChangeReply> ChangeProductAsync(ProductChangeRequest request) =>
        CallAsync(
            dataSources.AdminMoney,
            """
            SELECT replace(outcome, '_', '') AS outcome, revision_now
            FROM store.change_product(@ChangeId, @ProductId, @Revision, @CategoryId, @Name, @Description, @Tile, @Actor)
            """,
            new
            {
                request.ChangeId,
                request.ProductId,
                request.Revision,
                request.Text.CategoryId,
                request.Text.Name,
                request.Text.Description,
                request.Text.Tile,
                request.Actor,
            },
            rolledBack: new ProductChangeReply { Outcome = ProductChangeOutcome.Busy },
            inDoubt: new ProductChangeReply { Outcome = ProductChangeOutcome.InDoubt });

    /// <summary>No longer sold. Doing it twice changes nothing.</summary>
    public Task<ProductWithdrawalReply> WithdrawProductAsync(long productId, string actor) =>
        CallAsync(
            dataSources.AdminMoney,
            "SELECT replace(outcome, '_', '') AS outcome FROM store.withdraw_product(@productId, @actor)",
            new { productId, actor },
            rolledBack: new ProductWithdrawalReply { Outcome = ProductWithdrawalOutcome.Busy },
            inDoubt: new ProductWithdrawalReply { Outcome = ProductWithdrawalOutcome.InDoubt });

    /// <summary>Sold again. Doing it twice changes nothing.</summary>
    public Task<ProductRestorationReply> RestoreProductAsync(long productId, string actor) =>
        CallAsync(
            dataSources.AdminMoney,
            "SELECT replace(outcome, '_', '') AS outcome FROM store.restore_product(@productId, @actor)",
            new { productId, actor },
            rolledBack: new ProductRestorationReply { Outcome = ProductRestorationOutcome.Busy },
            inDoubt: new ProductRestorationReply { Outcome = ProductRestorationOutcome.InDoubt });

    /// <summary>Takes back a future price. Doing it twice changes nothing.</summary>
    public Task<PriceTakeBackReply> TakeBackPriceAsync(PriceTakeBackRequest request) =>
        CallAsync(
            dataSources.AdminMoney,
            """
            SELECT replace(outcome, '_', '') AS outcome
            FROM store.take_back_price(@ProductId, @ValidFrom, @Price, @Actor)
            """,
            request,
            rolledBack: new PriceTakeBackReply { Outcome = PriceTakeBackOutcome.Busy },
            inDoubt: new PriceTakeBackReply { Outcome = PriceTakeBackOutcome.InDoubt });
}
