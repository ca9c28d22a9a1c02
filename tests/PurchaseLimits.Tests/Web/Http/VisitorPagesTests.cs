using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Http;

public sealed class VisitorPagesTests(PostgresServer server) : StoreWebTest(server)
{
    protected override IReadOnlyDictionary<string, string>? Settings => new Dictionary<string, string> { ["Store:VisitorPageAge"] = "00:01:00" };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(1.00m, 2.00m);
        await AddCustomersAsync(1, 1);
        await AddSignInsAsync(1, 1);
        await RenameAsync("Before");
    }

    [Fact]
    public async Task Visitors_who_bring_nothing_along_see_what_one_of_them_was_shown()
    {
        using var first = Web.NewShopper();
        using var next = Web.NewShopper();
        var made = await first.GetAsync("/");
        await RenameAsync("After");

        var kept = await next.GetAsync("/");

        Assert.Contains("Before", kept.Text, StringComparison.Ordinal);
        Assert.Equal(made.Text, kept.Text);
        Assert.NotEqual(made.Response.Headers.GetValues("X-Request-Id"), kept.Response.Headers.GetValues("X-Request-Id"));
        Assert.Equal(made.Response.Headers.GetValues("Content-Security-Policy"), kept.Response.Headers.GetValues("Content-Security-Policy"));
        // Another page is another page.
        Assert.Contains("After", (await next.GetAsync("/?q=after")).Text, StringComparison.Ordinal);
        Assert.Contains("Nothing found", (await next.GetAsync("/?q=before")).Text, StringComparison.Ordinal);
        Assert.Contains("After", (await next.GetAsync("/?before=2")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("After", (await next.GetAsync("/?after=1")).Text, StringComparison.Ordinal);
        Assert.Contains("After", (await next.GetAsync("/products/1")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_is_signed_in_or_has_a_cart_sees_what_is_there_now()
    {
        using var visitor = Web.NewShopper();
        using var withCart = Web.NewShopper();
        using var customer = await SignedInAsync("customer1@example.com");
        await withCart.SubmitAsync(await withCart.GetAsync("/products/2"), "main form");
        await visitor.GetAsync("/");
        await withCart.GetAsync("/");
        await customer.GetAsync("/");
        await RenameAsync("After");

        Assert.Contains("After", (await withCart.GetAsync("/")).Text, StringComparison.Ordinal);
        Assert.Contains("After", (await customer.GetAsync("/")).Text, StringComparison.Ordinal);
        // And nobody else sees theirs.
        var page = await visitor.GetAsync("/");
        Assert.Contains("Before", page.Text, StringComparison.Ordinal);
        Assert.Equal("0", page.Document.QuerySelector(".nav-cart .count")!.FirstChild!.TextContent.Trim());
        Assert.Null(page.Document.QuerySelector(".nav-who"));
    }

    private Task RenameAsync(string name) => ExecuteAsync("UPDATE store.product SET name = @name WHERE product_id = 1", new { name });
}
