using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Support;

/// <summary>
/// A store with customers 10 and 11, an admin, and purchases in the states that admins see. No worker runs, so that what waits stays as it is.
/// </summary>
public abstract class AdminPurchaseTest(PostgresServer server) : StoreWebTest(server)
{
    /// <summary>Has no price until a test sets one.</summary>
    protected const long UnpricedProduct = 5;

    protected Store Store { get; private set; } = null!;

    /// <summary>The admin, signed in.</summary>
    protected Shopper Admin { get; private set; } = null!;

    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string> { ["Workers:Enabled"] = "false" };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        // Products 1 to 4, and 5, whose price is on request.
        await AddProductsAsync(20.00m, 12.50m, 300.00m, 1.00m);
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (5, 1, 'Product 5', 'A thing.', 'mug')");
        await AddSignInsAsync(10, 11);
        await AddAdminAsync();
        Store = NewStore();
        Admin = await SignedInAsync("admin@example.com");
    }

    public override async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static string PathOf(Guid purchaseId, long customerId = 10) => $"/admin/purchases/{customerId}/{purchaseId}";

    /// <summary>Another admin, who signs in as second@example.com.</summary>
    protected Task AddSecondAdminAsync() => ExecuteAsync(
        """
        INSERT INTO account.user (role, email, normalized_email, password_hash, security_stamp)
        SELECT u.role, 'second@example.com', 'SECOND@EXAMPLE.COM', u.password_hash, u.security_stamp
        FROM account.user u
        WHERE u.email = 'admin@example.com'
        """);

    /// <summary>Buys, and must be confirmed.</summary>
    protected async Task<Guid> BuyAsync(long productId = 1, int quantity = 2, long customerId = 10)
    {
        var request = await RequestAsync(customerId, productId, quantity);
        Assert.Equal(PurchaseOutcome.Confirmed, (await Store.PlacePurchaseAsync(request, Cancelled)).Outcome);
        return request.PurchaseId;
    }

    /// <summary>Asks for $600.00 of the $500.00 limit, which is refused.</summary>
    protected async Task<Guid> BeRefusedAsync(long customerId = 10)
    {
        var request = await RequestAsync(customerId, productId: 3, quantity: 2);
        Assert.Equal(PurchaseOutcome.OverLimit, (await Store.PlacePurchaseAsync(request, Cancelled)).Outcome);
        return request.PurchaseId;
    }

    /// <summary>A refused one for which its customer asked approval.</summary>
    protected async Task<Guid> AskApprovalAsync(long customerId = 10)
    {
        var purchaseId = await BeRefusedAsync(customerId);
        Assert.Equal(ApprovalOutcome.Asked,
            (await Store.AskApprovalAsync(customerId, purchaseId, "For my sister's wedding")).Outcome);
        return purchaseId;
    }

    /// <summary>One that waits for a price and holds $40.00.</summary>
    protected async Task<Guid> WaitForPriceAsync(long customerId = 10)
    {
        var request = new PurchaseRequest(customerId, Guid.CreateVersion7(), await ScalarAsync<DateTimeOffset>("SELECT clock_timestamp()"), 40.00m,
            [new PurchaseRequestLine(UnpricedProduct, 2, AtMost: 20.00m)]);
        Assert.Equal(PurchaseOutcome.Processing, (await Store.PlacePurchaseAsync(request, Cancelled)).Outcome);
        return request.PurchaseId;
    }

    /// <summary>Has a purchase's deadline pass, though nothing has been written about that yet.</summary>
    protected Task PassDeadlineAsync(Guid purchaseId) => ExecuteAsync(
        """
        UPDATE store.purchase SET expires_at = now() - interval '1 second' WHERE purchase_id = @purchaseId;
        UPDATE store.customer_purchased_amount a SET next_due_at = now() - interval '1 second'
        FROM store.purchase p
        WHERE p.purchase_id = @purchaseId
          AND p.customer_id = a.customer_id
        """,
        new { purchaseId });

    protected Task<string> StatusAsync(Guid purchaseId) =>
        ScalarAsync<string>("SELECT status FROM store.purchase WHERE purchase_id = @purchaseId", new { purchaseId });
}
