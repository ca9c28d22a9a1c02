using System.Net;
using System.Text;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web.Pages.Admin;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin;

public sealed class ImportPricesTests(PostgresServer server) : StoreWebTest(server)
{
    private const string Form = "main form[enctype]";
    private Shopper _admin = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(10.00m, 20.00m, 30.00m);
        await AddAdminAsync();
        _admin = await SignedInAsync("admin@example.com");
    }

    public override async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("product_id,price\n1,11.00\n9,5\n", 3, "product_id", "There is no product 9.")]
    [InlineData("product_id,price\n1.0,11.00\n", 2, "product_id", "in digits")]
    [InlineData("product_id,price\n 1,11.00\n", 2, "product_id", "in digits")]
    [InlineData("product_id,price\n1,free\n", 2, "price", "amount in dollars")]
    [InlineData("product_id,price\n1,\n", 2, "price", "amount in dollars")]
    [InlineData("product_id,price\n1,-5\n", 2, "price", "amount in dollars")]
    [InlineData("product_id,price\n1,\"1,5\"\n", 2, "price", "amount in dollars")]
    [InlineData("product_id,price\n1,=1+1\n", 2, "price", "amount in dollars")]
    [InlineData("product_id,price\n1,5\n2,11.001\n", 3, "price", "two decimals at most")]
    [InlineData("product_id,price\n1,1000000.01\n", 2, "price", "$1,000,000.00 at most")]
    [InlineData("product_id,price,valid_from\n1,5,2020-01-01T00:00:00Z\n", 2, "valid_from", "has passed")]
    [InlineData("product_id,price,valid_from\n1,5,2099-01-01\n", 2, "valid_from", "moment in UTC")]
    [InlineData("product_id,price,valid_from\n1,5,2099-01-01T00:00:00+01:00\n", 2, "valid_from", "moment in UTC")]
    [InlineData("product_id,price\n1,5\n2,5\n1,6\n", 4, "product_id", "Row 2 sets a price of this product")]
    [InlineData("product_id,price,valid_from\n1,5,2099-01-01T00:00Z\n1,6,2099-01-01T00:00:00Z\n", 3, "product_id", "Row 2 sets")]
    [InlineData("product_id,price\n1,5,6\n", 2, "the whole row", "The row has 3 columns, the header has 2.")]
    [InlineData("product_id,price\n1\n", 2, "the whole row", "The row has 1 columns")]
    [InlineData("product_id,price\n1,5\n\n2,5\n", 3, "the whole row", "The row is empty.")]
    [InlineData("product_id,price\n1,\"5\"x\n", 2, "the whole row", "quotation mark")]
    [InlineData("product_id,price\n1,\"5\n", 2, "the whole row", "quotation mark")]
    [InlineData("product_id,price,colour\n1,5,red\n", 1, "colour", "not known")]
    [InlineData("product_id;price\n1;5\n", 1, "product_id;price", "not known")]
    [InlineData("Product_id,price\n1,5\n", 1, "product_id", "missing")]
    [InlineData("product_id,price,price\n1,5,5\n", 1, "price", "twice")]
    [InlineData("1,5\n", 1, "price", "missing")]
    [InlineData("product_id,price\n", 2, "the whole row", "no row below the header")]
    [InlineData("product_id,price,name\n1,5,a\u202Eb\n", 2, "name", "cannot be seen")]
    [InlineData("product_id,price,name\n1,5,a\u0000b\n", 2, "name", "cannot be seen")]
    public async Task A_dry_run_names_the_row_and_the_column_of_an_error_and_keeps_nothing(string csv, int row, string column, string sentence)
    {
        var refused = await _admin.UploadAsync(await _admin.GetAsync("/admin/prices/import"), Form, csv);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains(refused.Document.QuerySelectorAll("tbody tr"), error =>
            error.Children[0].TextContent == $"{row}" && error.Children[1].TextContent == column
            && error.Children[2].TextContent.Contains(sentence, StringComparison.Ordinal));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.price_import"));
        Assert.Equal(3, await ScalarAsync<long>("SELECT count(*) FROM store.product_price"));
    }

    [Fact]
    public async Task Text_that_is_not_UTF_8_is_refused_with_its_row()
    {
        byte[] file = [.. Encoding.UTF8.GetBytes("product_id,price,name\n1,5,a\n2,5,"), 0xE9, (byte)'\n'];

        var refused = await _admin.UploadAsync(await _admin.GetAsync("/admin/prices/import"), Form, "latin.csv", file);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("3 the whole row This is not UTF-8", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_error_is_counted_and_two_hundred_are_shown()
    {
        var csv = "product_id,price\n" + string.Concat(Enumerable.Range(1, 1500).Select(_ => "1,x\n"));

        var refused = await _admin.UploadAsync(await _admin.GetAsync("/admin/prices/import"), Form, csv);

        Assert.Equal(200, refused.Document.QuerySelectorAll("tbody tr").Length);
        Assert.Contains("1,500 errors", refused.Text, StringComparison.Ordinal);
        Assert.Contains("And 1,300 more.", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_with_more_rows_than_a_file_may_have_is_refused()
    {
        var csv = "product_id,price\n" + string.Concat(Enumerable.Range(1, PriceFile.MaxRows + 1).Select(n => $"{n},5\n"));

        var refused = await _admin.UploadAsync(await _admin.GetAsync("/admin/prices/import"), Form, csv);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("A file may have 20,000 rows below its header.", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_file_and_an_empty_one_are_refused_at_the_field()
    {
        var page = await _admin.GetAsync("/admin/prices/import");
        foreach (var refused in new[] { await _admin.UploadAsync(page, Form, ""), await _admin.SubmitAsync(page, Form) })
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
            Assert.NotNull(refused.Document.GetElementById("file-error"));
        }
    }

    [Theory]
    [InlineData(PriceFile.MaxBytes + 1)]
    [InlineData(PriceFile.MaxBytes + 100_000)]
    public async Task A_larger_file_is_a_413_with_a_page_and_no_other_page_takes_as_much(long size)
    {
        var page = await _admin.GetAsync("/admin/prices/import");
        var file = new byte[size];

        var refused = await _admin.UploadAsync(page, Form, "large.csv", file);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.Status);
        Assert.Contains("too much at once", refused.Text, StringComparison.Ordinal);

        // 2 MB are fine here, 64 kB are not elsewhere.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _admin.UploadAsync(page, Form, "fits.csv", new byte[PriceFile.MaxBytes])).Status);
        var elsewhere = Shopper.Request(await _admin.GetAsync("/admin/products/1/price"), "main form.form", ("price", new string('1', 70_000)));
        elsewhere.Headers.ExpectContinue = true;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await _admin.SendAsync(elsewhere)).Status);
    }

    [Fact]
    public async Task A_dry_run_changes_nothing_and_shows_what_would_change()
    {
        await ExecuteAsync("UPDATE store.product SET withdrawn_at = now() WHERE product_id = 3");
        var csv = "\uFEFFname,price,product_id,valid_from\r\nA,10.00,1,\r\n\"B, b\",22,2,\r\nC,25.5,2,2099-01-31T08:30:00Z\r\nD,31,3,\r\n";

        var page = await _admin.FollowAsync(await _admin.UploadAsync(await _admin.GetAsync("/admin/prices/import"), Form, csv));

        Assert.Contains("4 rows: 3 set another price, 1 change nothing, 1 are about withdrawn products.", page.Text, StringComparison.Ordinal);
        Assert.Equal(
            [
                "2 Product 1 $10.00 unchanged now on",
                "3 Product 2 $20.00 $22.00 now on",
                "4 Product 2 $22.00 $25.50 31 Jan 2099, 08:30:00 UTC",
                "5 Product 3 withdrawn $30.00 $31.00 now on",
            ],
            page.Document.QuerySelectorAll("tbody tr").Select(row => WebPage.Fold(row.TextContent)));
        Assert.Equal(3, await ScalarAsync<long>("SELECT count(*) FROM store.product_price"));
        Assert.Equal("checked", await ScalarAsync<string>("SELECT status FROM store.price_import"));
    }

    [Fact]
    public async Task What_was_shown_is_imported_once_it_is_confirmed()
    {
        var page = await _admin.FollowAsync(await _admin.UploadAsync(await _admin.GetAsync("/admin/prices/import"), Form, "product_id,price\n1,11\n2,20\n"));

        var confirmed = await _admin.SubmitAsync(page, "form[action*='Confirm']");

        Assert.Equal(HttpStatusCode.SeeOther, confirmed.Status);
        await Eventually.TrueAsync(async () => (await _admin.GetAsync(page.Address.PathAndQuery)).Text.Contains("1 price was set, 1 stayed", StringComparison.Ordinal), "imported");
        Assert.Equal(["11"], await QueryAsync<string>("SELECT price::text FROM store.product_price WHERE set_at IS NOT NULL"));
        Assert.Equal(HttpStatusCode.SeeOther, (await _admin.SubmitAsync(page, "form[action*='Confirm']")).Status);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.product_price WHERE set_at IS NOT NULL"));
    }

    [Fact]
    public async Task What_is_not_wanted_is_cancelled_and_cannot_be_confirmed_any_more()
    {
        var page = await _admin.FollowAsync(await _admin.UploadAsync(await _admin.GetAsync("/admin/prices/import"), Form, "product_id,price\n1,11\n"));

        var cancelled = await _admin.FollowAsync(await _admin.SubmitAsync(page, "form[action*='Cancel']"));
        Assert.Contains("Nothing was changed. Cancelled by admin", cancelled.Text, StringComparison.Ordinal);

        Assert.Contains("had ended before", (await _admin.FollowAsync(await _admin.SubmitAsync(page, "form[action*='Confirm']"))).Text, StringComparison.Ordinal);
        Assert.Equal(3, await ScalarAsync<long>("SELECT count(*) FROM store.product_price"));
    }

    [Fact]
    public async Task A_price_that_changed_after_the_dry_run_stops_the_import_and_the_row_is_named()
    {
        var page = await _admin.FollowAsync(await _admin.UploadAsync(await _admin.GetAsync("/admin/prices/import"), Form, "product_id,price\n1,11\n2,22\n"));
        await NewStore().SetPriceAsync(new(2, 21.00m, null, "admin 2"));

        await _admin.SubmitAsync(page, "form[action*='Confirm']");

        await Eventually.TrueAsync(async () => (await _admin.GetAsync(page.Address.PathAndQuery)).Text.Contains("Row 3: the old price is not the one shown", StringComparison.Ordinal), "refused");
        Assert.Equal(["21.00"], await QueryAsync<string>("SELECT price::text FROM store.product_price WHERE set_at IS NOT NULL"));
    }

    [Fact]
    public async Task An_export_can_be_imported_again_without_edits_and_is_harmless_in_a_spreadsheet()
    {
        await ExecuteAsync("UPDATE store.product SET name = '=HYPERLINK(\"x\"), a ''mug''' WHERE product_id = 2");
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (4, 1, 'Unpriced', '', 'mug')");

        var export = await _admin.GetAsync("/admin/prices/export");
        var bytes = await export.Response.Content.ReadAsByteArrayAsync(Cancelled);

        Assert.Equal("text/csv", export.Response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            "product_id,price,valid_from,name\r\n1,10.00,,Product 1\r\n2,20.00,,\"'=HYPERLINK(\"\"x\"\"), a 'mug'\"\r\n3,30.00,,Product 3\r\n",
            Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF'));
        var page = await _admin.FollowAsync(await _admin.UploadAsync(await _admin.GetAsync("/admin/prices/import"), Form, "prices.csv", bytes));
        Assert.Contains("3 rows: 0 set another price, 3 change nothing.", page.Text, StringComparison.Ordinal);
    }
}
