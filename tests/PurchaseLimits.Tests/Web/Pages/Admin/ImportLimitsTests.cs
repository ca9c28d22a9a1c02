using System.Net;
using System.Text;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Pages.Admin;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin;

public sealed class ImportLimitsTests(PostgresServer server) : StoreWebTest(server)
{
    private const string Form = "main form[enctype]";
    private Shopper _admin = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(1, 4);
        await AddAdminAsync();
        _admin = await SignedInAsync("admin@example.com");
    }

    public override async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("customer,limit\n1,600\n99,600\n", 3, "customer", "no customer with this number")]
    [InlineData("customer,limit\nx,600\n", 2, "customer", "in digits")]
    [InlineData("customer,limit\n1,much\n", 2, "limit", "amount in dollars")]
    [InlineData("customer,limit\n1,\n", 2, "limit", "amount in dollars")]
    [InlineData("customer,limit\n1,-5\n", 2, "limit", "amount in dollars")]
    [InlineData("customer,limit\n1,9999999999.99\n", 2, "limit", "amount in dollars")]
    [InlineData("customer,limit\n1,5.001\n", 2, "limit", "two decimals at most")]
    [InlineData("customer,limit\n1,No Limit\n", 2, "limit", "amount in dollars")]
    [InlineData("customer,limit,window\n1,5,hour\n", 2, "window", "lifetime, day, week, month or year")]
    [InlineData("customer,limit,until\n1,5,2020-01-31\n", 2, "until", "This day is over.")]
    [InlineData("customer,limit,until\n1,5,31.01.2099\n", 2, "until", "a day like 2027-01-31")]
    [InlineData("customer,limit,until\n1,5,9999-12-31\n", 2, "until", "a day like 2027-01-31")]
    [InlineData("customer,limit,window\n1,5,\n2,5,\n1,6,lifetime\n", 4, "customer", "Row 2 sets the same limit")]
    [InlineData("customer,limit\n1,no limit\n", 2, "limit", "right to “no limit”")]
    [InlineData("customer,limit\n1,5000.01\n", 2, "limit", "takes a second admin")]
    [InlineData("customer,limit\n1,5,6\n", 2, "the whole row", "3 columns, the header has 2")]
    [InlineData("customer,limit,colour\n1,5,red\n", 1, "colour", "not known")]
    [InlineData("customer\n1\n", 1, "limit", "missing")]
    [InlineData("customer,limit\n", 2, "the whole row", "no row below the header")]
    public async Task A_dry_run_names_the_row_and_the_column_of_an_error_and_keeps_nothing(string csv, int row, string column, string sentence)
    {
        await ExecuteAsync("UPDATE store.store_setting SET second_admin_above = 5000");

        var refused = await _admin.UploadAsync(await _admin.GetAsync("/admin/limits/import"), Form, csv);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains(refused.Document.QuerySelectorAll("tbody tr"), error =>
            error.Children[0].TextContent == $"{row}" && error.Children[1].TextContent == column
            && error.Children[2].TextContent.Contains(sentence, StringComparison.Ordinal));
        Assert.Equal("0 0", await ScalarAsync<string>("SELECT concat_ws(' ', (SELECT count(*) FROM store.limit_import), (SELECT count(*) FROM store.limit_import_row))"));
    }

    [Fact]
    public async Task One_upload_names_the_errors_of_the_file_and_those_against_the_store()
    {
        var refused = await _admin.UploadAsync(await _admin.GetAsync("/admin/limits/import"), Form, "customer,limit\n99,5\n1,x\n98,5\n2,600\n");

        Assert.Equal(["2", "3", "4"], refused.Document.QuerySelectorAll("tbody tr").Select(error => error.Children[0].TextContent));
        Assert.Contains("3 errors", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_too_large_or_too_long_or_none_is_refused()
    {
        var page = await _admin.GetAsync("/admin/limits/import");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await _admin.UploadAsync(page, Form, "large.csv", new byte[LimitFile.MaxBytes + 1])).Status);
        var tooLong = await _admin.UploadAsync(page, Form, "customer,limit\n" + string.Concat(Enumerable.Range(1, LimitFile.MaxRows + 1).Select(n => $"{n},5\n")));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, tooLong.Status);
        Assert.Contains("A file may have 100,000 rows below its header.", tooLong.Text, StringComparison.Ordinal);
        Assert.NotNull((await _admin.SubmitAsync(page, Form)).Document.GetElementById("file-error"));
        Assert.Equal(HttpStatusCode.NotFound, (await _admin.GetAsync("/admin/limits/import/no-such-import")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _admin.GetAsync($"/admin/limits/import/{Guid.NewGuid()}/result.csv")).Status);
    }

    [Fact]
    public async Task A_dry_run_changes_nothing_and_shows_who_would_be_over_and_which_refusals_would_have_passed()
    {
        var store = NewStore();
        await store.PlacePurchaseAsync(await RequestAsync(1, quantity: 20), Cancelled);
        await store.PlacePurchaseAsync(await RequestAsync(2, quantity: 20), Cancelled);
        Assert.Equal(PurchaseOutcome.OverLimit, (await store.PlacePurchaseAsync(await RequestAsync(2, quantity: 6), Cancelled)).Outcome);
        Assert.Equal(PurchaseOutcome.OverLimit, (await store.PlacePurchaseAsync(await RequestAsync(2, quantity: 40), Cancelled)).Outcome);

        var page = await UploadAsync("until,limit,customer,window\n2099-01-31,300,1,\n,520,2,\n,500.00,3,lifetime\n,350.5,1,month\n");

        Assert.Contains("4 rows: 1 go up, 2 go down, 1 stay.", page.Text, StringComparison.Ordinal);
        Assert.Contains("2 rows are below what is bought", page.Text, StringComparison.Ordinal);
        Assert.Contains("Row 2, Customer 1: $400.00 of $300.00 (lifetime), over by $100.00", page.Text, StringComparison.Ordinal);
        Assert.Contains("Row 5, Customer 1: $400.00 of $350.50 (month), over by $49.50", page.Text, StringComparison.Ordinal);
        Assert.Contains("1 purchase refused in the last 90 days would have fit the new limit that refused: $120.00 in all.", page.Text, StringComparison.Ordinal);
        Assert.Contains("Row 3, Customer 2: 1 (lifetime), $120.00", page.Text, StringComparison.Ordinal);
        Assert.Equal("2 1 Customer 1 lifetime $500.00 $300.00 over by $100.00 1 Feb 2099, 00:00:00 UTC",
            WebPage.Fold(page.Document.QuerySelector("tbody tr")!.TextContent));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.limit_change"));
    }

    [Fact]
    public async Task The_last_day_is_one_of_the_stores_zone()
    {
        await ExecuteAsync("UPDATE store.store_setting SET time_zone = 'America/New_York'");

        await UploadAsync("customer,limit,until\n1,600,2099-01-31\n2,600,2099-01-31T12:00:00Z\n");

        Assert.Equal(["2099-02-01 05:00:00", "2099-01-31 12:00:00"], await QueryAsync<string>("SELECT (valid_to AT TIME ZONE 'UTC')::text FROM store.limit_import_row ORDER BY row_number"));
    }

    [Fact]
    public async Task A_reason_is_required_and_what_was_shown_comes_into_force_once_it_is_confirmed()
    {
        var page = await UploadAsync("customer,limit,window,until\n1,600,,\n2,500,,\n3,50,day,2099-12-31\n");
        foreach (var reason in new[] { "", new string('x', 501) })
        {
            var refused = await _admin.SubmitAsync(page, "form[action*='Confirm']", ("reason", reason));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
            Assert.NotNull(refused.Document.GetElementById("reason-error"));
        }

        Assert.Equal("checked", await StatusAsync());
        Assert.Equal(HttpStatusCode.SeeOther, (await _admin.SubmitAsync(page, "form[action*='Confirm']", ("reason", "A new year"))).Status);
        Assert.Equal(HttpStatusCode.SeeOther, (await _admin.SubmitAsync(page, "form[action*='Confirm']", ("reason", "A new year"))).Status);
        Assert.NotNull((await _admin.GetAsync(page.Address.PathAndQuery)).Document.QuerySelector("[data-refresh-url] progress"));

        await UntilAsync("SELECT status = 'done' FROM store.limit_import");
        var done = await _admin.GetAsync(page.Address.PathAndQuery);
        Assert.Contains("2 limits were changed, 1 stayed what they were.", done.Text, StringComparison.Ordinal);
        Assert.Null(done.Document.QuerySelector("[data-refresh-url]"));
        Assert.Equal(["1 600 A new year 1", "3 50 A new year 1"], await QueryAsync<string>(
            """
            SELECT concat_ws(' ', c.customer_id, c.limit_after, e.reason, count(*) OVER (PARTITION BY c.customer_id))
            FROM store.limit_change c JOIN store.customer_event e USING (customer_id, sequence_number)
            WHERE e.actor LIKE 'admin %' ORDER BY 1
            """));
        Assert.Equal(
            "customer,window,limit before,limit after,until,result\r\n1,lifetime,500.00,600.00,,changed\r\n2,lifetime,500.00,500.00,,unchanged\r\n3,day,no limit,50.00,2099-12-31,changed\r\n",
            await DownloadAsync($"{page.Address.AbsolutePath}/result.csv"));

        Assert.Equal("customer,limit,window,until\r\n1,600.00,lifetime,\r\n2,500.00,lifetime,\r\n3,500.00,lifetime,\r\n3,50.00,day,2099-12-31\r\n4,500.00,lifetime,\r\n",
            await DownloadAsync("/admin/limits/export.csv"));
    }

    [Fact]
    public async Task What_is_not_wanted_is_cancelled_and_cannot_be_confirmed_any_more()
    {
        var page = await UploadAsync("customer,limit\n1,600\n");

        var cancelled = await _admin.FollowAsync(await _admin.SubmitAsync(page, "form[action*='Cancel']"));

        Assert.Contains("Nothing was changed. Cancelled by admin", cancelled.Text, StringComparison.Ordinal);
        Assert.Contains("had been confirmed or cancelled before", (await _admin.FollowAsync(await _admin.SubmitAsync(page, "form[action*='Confirm']", ("reason", "x")))).Text, StringComparison.Ordinal);
        Assert.Contains("1,lifetime,500.00,600.00,,not changed: cancelled", await DownloadAsync($"{page.Address.AbsolutePath}/result.csv"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_that_changed_after_the_dry_run_stops_all_of_it_and_the_row_is_named()
    {
        var page = await UploadAsync("customer,limit\n1,600\n2,600\n");
        await NewStore().ChangeLimitAsync(new(2, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 550, null, null, "why", "admin 2"));

        await _admin.SubmitAsync(page, "form[action*='Confirm']", ("reason", "x"));

        await UntilAsync("SELECT status = 'failed' FROM store.limit_import");
        Assert.Contains("Row 3: this limit is not the one shown below any more", (await _admin.GetAsync(page.Address.PathAndQuery)).Text, StringComparison.Ordinal);
        Assert.Equal(["1 500.00", "2 550.00"], await QueryAsync<string>("SELECT concat_ws(' ', customer_id, limit_amount::numeric(12, 2)) FROM store.customer_allowance WHERE customer_id < 3 ORDER BY 1"));
        await UntilAsync("SELECT settle_from IS NULL FROM store.limit_import");
    }

    [Fact]
    public async Task Who_confirms_needs_the_right_to_no_limit_whoever_uploaded_it()
    {
        await ExecuteAsync("INSERT INTO store.admin_right (actor, right_name) SELECT 'admin ' || user_id, 'no_limit' FROM account.user WHERE role = 'admin'");
        var page = await UploadAsync("customer,limit\n1,no limit\n");
        await ExecuteAsync("DELETE FROM store.admin_right");

        var refused = await _admin.SubmitAsync(page, "form[action*='Confirm']", ("reason", "x"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("a right that you do not have", refused.Text, StringComparison.Ordinal);
        Assert.Equal("checked", await StatusAsync());
    }

    [Fact]
    public async Task An_export_can_be_imported_again_and_changes_nothing()
    {
        var store = NewStore();
        await ExecuteAsync("INSERT INTO store.admin_right (actor, right_name) VALUES ('admin 7', 'no_limit')");
        await store.ChangeLimitAsync(new(1, Guid.CreateVersion7(), LimitWindow.Lifetime, null, Limit.None, null, null, "why", "admin 7"));
        await store.ChangeLimitAsync(new(2, Guid.CreateVersion7(), LimitWindow.Week, null, 80.5m, null, DateTimeOffset.UtcNow.AddDays(3), "why", "admin 7"));
        await store.ChangeLimitAsync(new(3, Guid.CreateVersion7(), LimitWindow.Year, null, 0, null, new DateTimeOffset(2099, 3, 1, 0, 0, 0, TimeSpan.Zero), "why", "admin 7"));

        var export = await DownloadAsync("/admin/limits/export.csv");
        Assert.StartsWith("customer,limit,window,until\r\n1,no limit,lifetime,\r\n2,500.00,lifetime,\r\n2,80.50,week,", export, StringComparison.Ordinal);
        Assert.Contains("\r\n3,0.00,year,2099-02-28\r\n", export, StringComparison.Ordinal);
        // By an admin without the right to it: what stays is no change.
        var page = await UploadAsync("\uFEFF" + export);

        Assert.Contains("It changes nothing", page.Text, StringComparison.Ordinal);
        Assert.Contains("6 rows: 0 go up, 0 go down, 6 stay.", page.Text, StringComparison.Ordinal);
        Assert.Null(page.Document.QuerySelector("form[action*='Confirm']"));
        Assert.Equal(LimitImportConfirmationOutcome.Unchanged, (await store.ConfirmLimitImportAsync(await ScalarAsync<Guid>("SELECT limit_import_id FROM store.limit_import"), "x", "admin 1")).Outcome);
    }

    [Fact]
    public async Task One_whose_process_died_in_the_middle_is_gone_on_with_by_another()
    {
        var page = await UploadAsync("customer,limit\n1,600\n2,600\n3,600\n4,600\n");
        await using (var connection = await Superuser.OpenConnectionAsync(Cancelled))
        await using (await connection.BeginTransactionAsync(Cancelled))
        {
            await using var hold = new Npgsql.NpgsqlCommand("SELECT FROM store.customer_purchased_amount WHERE customer_id = 3 FOR UPDATE", connection);
            await hold.ExecuteNonQueryAsync(Cancelled);
            await _admin.SubmitAsync(page, "form[action*='Confirm']", ("reason", "x"));
            await UntilAsync("SELECT announced_to = 2 FROM store.limit_import_progress");
            await Web.DisposeAsync();
            Assert.Equal("confirmed", await StatusAsync());
        }

        await using var other = new WebStore(ConnectionString);
        await UntilAsync("SELECT status = 'done' FROM store.limit_import");
        Assert.Equal(["4 600 600 4"], await QueryAsync<string>("SELECT concat_ws(' ', count(*), min(limit_after::numeric), max(limit_after::numeric), count(DISTINCT customer_id)) FROM store.limit_change"));
    }

    private async Task<WebPage> UploadAsync(string csv) =>
        await _admin.FollowAsync(await _admin.UploadAsync(await _admin.GetAsync("/admin/limits/import"), Form, "limits.csv", Encoding.UTF8.GetBytes(csv)));

    private async Task<string> DownloadAsync(string path)
    {
        var file = await _admin.GetAsync(path);
        Assert.Equal("text/csv", file.Response.Content.Headers.ContentType!.MediaType);
        return Encoding.UTF8.GetString(await file.Response.Content.ReadAsByteArrayAsync(Cancelled)).TrimStart('\uFEFF');
    }

    private Task<string> StatusAsync() => ScalarAsync<string>("SELECT status FROM store.limit_import");
}
