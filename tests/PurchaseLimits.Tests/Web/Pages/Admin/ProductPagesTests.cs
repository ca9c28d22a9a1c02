using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin;

public sealed class ProductPagesTests(PostgresServer server) : StoreWebTest(server)
{
    private const string Form = "main form.form";
    private Shopper _admin = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await ExecuteAsync("SELECT setval(pg_get_serial_sequence('store.product', 'product_id'), 100)");
        await AddAdminAsync();
        _admin = await SignedInAsync("admin@example.com");
    }

    public override async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_product_is_created_without_a_price_found_as_such_and_sold_once_it_has_one()
    {
        var created = await _admin.SubmitAsync(await _admin.GetAsync("/admin/products/new"), Form,
            ("name", "  Copper jug "), ("description", "Pours well."), ("categoryId", "1"), ("tile", "kettle"));
        Assert.Equal(HttpStatusCode.SeeOther, created.Status);
        var product = await _admin.FollowAsync(created);
        Assert.Contains("price on request", product.Text, StringComparison.Ordinal);
        Assert.Contains("Created by admin", product.Text, StringComparison.Ordinal);

        var unpriced = await _admin.GetAsync("/admin/products?show=unpriced");
        Assert.Contains("Copper jug", unpriced.Text, StringComparison.Ordinal);
        Assert.Contains("Without a price (1)", unpriced.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Product 1", unpriced.Text, StringComparison.Ordinal);

        var set = await _admin.SubmitAsync(await _admin.GetAsync("/admin/products/101/price"), Form, ("price", "12.50"));
        Assert.Equal(HttpStatusCode.SeeOther, set.Status);
        Assert.Contains("$12.50 now", (await _admin.FollowAsync(set)).Text, StringComparison.Ordinal);
        using var visitor = Web.NewShopper();
        Assert.Contains("$12.50", (await visitor.GetAsync("/products/101")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name", "")]
    [InlineData("name", "\u00A0 ")]
    [InlineData("name", "two\nlines")]
    [InlineData("categoryId", "9")]
    [InlineData("categoryId", "1,5")]
    [InlineData("tile", "../site")]
    [InlineData("tile", "nothing-like-it")]
    public async Task What_no_product_can_have_is_refused_at_its_field(string field, string value)
    {
        var page = await _admin.GetAsync("/admin/products/new");

        var typed = new Dictionary<string, string?> { ["name"] = "Jug", ["categoryId"] = "1", ["tile"] = "kettle", [field] = value };
        var refused = await _admin.SubmitAsync(page, Form, [.. typed.Select(pair => (pair.Key, pair.Value))]);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.NotNull(refused.Document.GetElementById($"{field}-error"));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.product"));
    }

    [Fact]
    public async Task Text_that_is_too_long_is_refused()
    {
        var page = await _admin.GetAsync("/admin/products/1/edit");
        foreach (var (field, length) in new[] { ("name", 121), ("description", 2001) })
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _admin.SubmitAsync(page, Form, ("tile", "mug"), (field, new string('x', length)))).Status);
            Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.product_change"));
        }

        Assert.Equal(HttpStatusCode.SeeOther, (await _admin.SubmitAsync(page, Form, ("tile", "mug"), ("name", new string('x', 120)))).Status);
    }

    [Fact]
    public async Task The_second_of_two_admins_sees_what_the_first_changed_and_has_to_confirm()
    {
        var first = await _admin.GetAsync("/admin/products/1/edit");
        var second = await _admin.GetAsync("/admin/products/1/edit");
        await _admin.SubmitAsync(first, Form, ("tile", "mug"), ("name", "Stoneware mug"));

        var late = await _admin.SubmitAsync(second, Form, ("tile", "mug"), ("name", "Tin mug"));

        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Contains("Product 1 → Stoneware mug", late.Text, StringComparison.Ordinal);
        Assert.Equal("Stoneware mug", await ScalarAsync<string>("SELECT name FROM store.product"));
        Assert.Equal(HttpStatusCode.SeeOther, (await _admin.SubmitAsync(late, Form, ("tile", "mug"))).Status);
        Assert.Equal("Tin mug", await ScalarAsync<string>("SELECT name FROM store.product"));
    }

    [Fact]
    public async Task Saving_what_is_saved_already_is_said_and_changes_nothing()
    {
        var same = await _admin.SubmitAsync(await _admin.GetAsync("/admin/products/1/edit"), Form, ("tile", "mug"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, same.Status);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.product_change"));
    }

    [Theory]
    [InlineData("", "", "price")]
    [InlineData("-1", "", "price")]
    [InlineData("0.005", "", "price")]
    [InlineData("NaN", "", "price")]
    [InlineData("1,000", "", "price")]
    [InlineData("1000000.01", "", "price")]
    [InlineData("20", "", "price")]
    [InlineData("21", "2020-01-01T00:00", "from")]
    [InlineData("21", "2027-02-30T00:00", "from")]
    [InlineData("21", "2027-01-31T08:30:00+02:00", "from")]
    [InlineData("21", "tomorrow", "from")]
    public async Task What_is_no_price_is_refused_at_its_field_and_changes_nothing(string price, string from, string field)
    {
        var refused = await _admin.SubmitAsync(await _admin.GetAsync("/admin/products/1/price"), Form, ("price", price), ("from", from));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.NotNull(refused.Document.GetElementById($"{field}-error"));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.product_price"));
    }

    [Fact]
    public async Task A_future_price_is_shown_with_who_set_it_and_may_be_taken_back()
    {
        var day = DateTime.UtcNow.Date.AddDays(30);
        await _admin.SubmitAsync(await _admin.GetAsync("/admin/products/1/price"), Form, ("price", "25"), ("from", $"{day:yyyy-MM-dd}T08:30"));
        var product = await _admin.GetAsync("/admin/products/1");
        Assert.Contains($"$25.00 future Take back $25.00 {day:d MMM yyyy}, 08:30:00 UTC", product.Text, StringComparison.Ordinal);
        Assert.Contains("Product 1", (await _admin.GetAsync("/admin/products?show=future")).Text, StringComparison.Ordinal);

        var ask = await _admin.GetAsync(product.Document.QuerySelector("a[href*='take-back']")!.GetAttribute("href")!);
        var taken = await _admin.SubmitAsync(ask, Form);

        Assert.Equal(HttpStatusCode.SeeOther, taken.Status);
        Assert.Contains("A future price was taken back", (await _admin.FollowAsync(taken)).Text, StringComparison.Ordinal);
        Assert.Equal(["20.00 t"], await QueryAsync<string>("SELECT format('%s %s', price, valid_to = 'infinity') FROM store.product_price"));
        Assert.Contains("not there any more", (await _admin.FollowAsync(await _admin.SubmitAsync(ask, Form))).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await _admin.GetAsync(ask.Address.PathAndQuery)).Status);
    }

    [Fact]
    public async Task The_price_that_holds_is_shown_however_many_are_to_come()
    {
        await ExecuteAsync(
            """
            UPDATE store.product_price SET valid_to = date_trunc('day', now()) + interval '1 day';
            INSERT INTO store.product_price (product_id, valid_from, valid_to, price, actor)
            SELECT 1, date_trunc('day', now()) + n * interval '1 day', date_trunc('day', now()) + (n + 1) * interval '1 day', 30, 'test'
            FROM generate_series(1, 120) n
            """);

        var product = await _admin.GetAsync("/admin/products/1");

        Assert.Contains("$20.00 now", product.Text, StringComparison.Ordinal);
        Assert.Equal(100, product.Document.QuerySelectorAll("a[href*='take-back']").Length);
        Assert.Contains("the others are kept", product.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Withdrawing_is_asked_first_and_can_be_undone()
    {
        var ask = await _admin.GetAsync("/admin/products/1/withdraw");
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.product WHERE withdrawn_at IS NOT NULL"));

        await _admin.SubmitAsync(ask, Form);
        using var visitor = Web.NewShopper();
        Assert.Contains("No longer sold", (await visitor.GetAsync("/products/1")).Text, StringComparison.Ordinal);
        Assert.Contains("Product 1", (await _admin.GetAsync("/admin/products?show=withdrawn")).Text, StringComparison.Ordinal);
        // The page of before, sent again, does not bring it back.
        Assert.Contains("was withdrawn already", (await _admin.FollowAsync(await _admin.SubmitAsync(ask, Form))).Text, StringComparison.Ordinal);

        await _admin.SubmitAsync(await _admin.GetAsync("/admin/products/1/withdraw"), Form);
        Assert.Contains("$20.00", (await visitor.GetAsync("/products/1")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await _admin.SubmitAsync(ask, Form, ("change", "delete"))).Status);
    }

    [Fact]
    public async Task Products_are_found_by_name_or_number_and_paged_by_number()
    {
        await ExecuteAsync(
            """
            INSERT INTO store.product (category_id, name, description, tile)
            SELECT 1, 'Thing ' || n, '', 'mug' FROM generate_series(1, 60) n
            """);
        Assert.Contains("Thing 42", (await _admin.GetAsync("/admin/products?search=thing+42")).Text, StringComparison.Ordinal);
        Assert.Contains("Product 1", (await _admin.GetAsync("/admin/products?search=1")).Text, StringComparison.Ordinal);
        Assert.Contains("No product fits", (await _admin.GetAsync("/admin/products?search=zzz")).Text, StringComparison.Ordinal);

        var first = await _admin.GetAsync("/admin/products");
        var second = await _admin.GetAsync(first.Document.QuerySelector("a[rel=next]")!.GetAttribute("href")!);
        Assert.Equal(50, first.Document.QuerySelectorAll("tbody tr").Length);
        Assert.Equal(11, second.Document.QuerySelectorAll("tbody tr").Length);
        Assert.Equal(HttpStatusCode.BadRequest, (await _admin.GetAsync("/admin/products?show=nonsense")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await _admin.GetAsync("/admin/products?after=x")).Status);
    }

    [Fact]
    public async Task A_price_that_was_set_meanwhile_is_not_overwritten_unseen()
    {
        var page = await _admin.GetAsync("/admin/products/1/price");
        await ExecuteAsync("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT store.set_price(1, 8.00, NULL, 'admin 2'); COMMIT");

        var refused = await _admin.SubmitAsync(page, Form, ("price", "7.50"));

        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains("somebody changed the price", refused.Text, StringComparison.Ordinal);
        Assert.Contains("It costs $8.00 now.", refused.Text, StringComparison.Ordinal);
        Assert.Equal(8.00m, await PriceNowAsync(1));
        Assert.Equal(HttpStatusCode.SeeOther, (await _admin.SubmitAsync(refused, Form)).Status);
        Assert.Equal(7.50m, await PriceNowAsync(1));
    }

    [Fact]
    public async Task A_price_that_is_sent_twice_is_set_once_and_nobody_is_blamed()
    {
        var page = await _admin.GetAsync("/admin/products/1/price");
        await _admin.SubmitAsync(page, Form, ("price", "7.50"));

        var again = await _admin.FollowAsync(await _admin.SubmitAsync(page, Form, ("price", "7.50")));

        Assert.Contains("Product 1 costs $7.50.", again.Text, StringComparison.Ordinal);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.product_price WHERE product_id = 1 AND price = 7.50"));
    }

    [Theory]
    [InlineData("/admin/products/99")]
    [InlineData("/admin/products/x")]
    [InlineData("/admin/products/99/edit")]
    [InlineData("/admin/products/99/price")]
    [InlineData("/admin/products/99/withdraw")]
    [InlineData("/admin/products/1/take-back")]
    [InlineData("/admin/products/1/take-back?from=2027-01-01T00:00:00.000000Z")]
    [InlineData("/admin/prices/import/00000000-0000-0000-0000-000000000000")]
    [InlineData("/admin/prices/import/x")]
    public async Task What_is_not_there_is_a_404(string path) => Assert.Equal(HttpStatusCode.NotFound, (await _admin.GetAsync(path)).Status);

    [Theory]
    [InlineData("/admin/products")]
    [InlineData("/admin/products/new")]
    [InlineData("/admin/products/1")]
    [InlineData("/admin/products/1/price")]
    [InlineData("/admin/prices/import")]
    [InlineData("/admin/prices/export")]
    public async Task Customers_do_not_get_here(string path)
    {
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        Assert.Equal(HttpStatusCode.Forbidden, (await shopper.GetAsync(path)).Status);
        using var visitor = Web.NewShopper();
        Assert.Equal(HttpStatusCode.Redirect, (await visitor.GetAsync(path)).Status);
    }
}
