using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

public sealed class AdminTests(PostgresServer server) : StoreWebTest(server)
{
    private const string CheckForm = "main form[action='/admin/customers/10/limit?handler=Check']";
    private const string LimitForm = "main form[action='/admin/customers/10/limit']";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(480.00m);
        await AddSignInsAsync(10, 10);
        await AddAdminAsync();
        await NewStore().PlacePurchaseAsync(await RequestAsync(10), Cancelled);
    }

    [Fact]
    public async Task A_raise_acts_at_once_and_says_who_when_old_new_and_why()
    {
        using var admin = await SignedInAsync("admin@example.com");

        var shown = await admin.SubmitAsync(await admin.GetAsync("/admin/customers/10/limit"), CheckForm,
            ("limitAfter", "800.00"), ("reason", "Long-standing customer"));
        Assert.Contains("→ $800.00", shown.Text, StringComparison.Ordinal);
        Assert.Equal(500m, await ScalarAsync<decimal>("SELECT limit_amount FROM store.customer_purchased_amount"));
        var saved = await admin.SubmitAsync(shown, LimitForm);

        Assert.Equal(HttpStatusCode.SeeOther, saved.Status);
        var customer = await admin.FollowAsync(saved);
        foreach (var text in new[] { "$500.00", "$800.00", "Long-standing customer", "$320.00" })
            Assert.Contains(text, customer.Text, StringComparison.Ordinal);
        using var shopper = await SignedInAsync("customer10@example.com");
        Assert.Contains("Long-standing customer", (await shopper.GetAsync("/allowance")).Text, StringComparison.Ordinal);
        foreach (var (search, found) in new[] { ("customer10", true), ("Customer+10", true), ("10", true), ("zzzzz", false) })
        {
            var list = await admin.GetAsync($"/admin/customers?search={search}");
            Assert.Equal(found, list.Text.Contains("customer10@example.com", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_cut_below_what_is_bought_shows_its_effect_first_and_then_refuses_every_purchase()
    {
        using var admin = await SignedInAsync("admin@example.com");
        var page = await admin.GetAsync("/admin/customers/10/limit");

        var shown = await admin.SubmitAsync(page, CheckForm, ("limitAfter", "300"), ("reason", "Chargeback"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await admin.SubmitAsync(shown, LimitForm)).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await admin.SubmitAsync(shown, LimitForm, ("understood", "301.00"))).Status);
        Assert.Contains("over by $180.00", shown.Text, StringComparison.Ordinal);
        Assert.Equal(500m, await ScalarAsync<decimal>("SELECT limit_amount FROM store.customer_purchased_amount"));

        var tick = shown.Document.QuerySelector("input[name='understood']")!.GetAttribute("value");
        Assert.Equal(HttpStatusCode.SeeOther, (await admin.SubmitAsync(shown, LimitForm, ("understood", tick))).Status);
        Assert.Equal(["300 480.00 480.00"], await QueryAsync<string>(
            "SELECT format('%s %s %s', limit_amount, amount, ceiling) FROM store.customer_purchased_amount"));
        Assert.Equal("OverLimit", (await NewStore().PlacePurchaseAsync(await RequestAsync(10), Cancelled)).Outcome.ToString());
    }

    [Fact]
    public async Task Two_admins_cannot_overwrite_each_other()
    {
        using var admin = await SignedInAsync("admin@example.com");
        var first = await admin.SubmitAsync(await admin.GetAsync("/admin/customers/10/limit"), CheckForm, ("limitAfter", "600"), ("reason", "one"));
        var second = await admin.SubmitAsync(await admin.GetAsync("/admin/customers/10/limit"), CheckForm, ("limitAfter", "700"), ("reason", "two"));
        await admin.SubmitAsync(first, LimitForm);

        var late = await admin.SubmitAsync(second, LimitForm);

        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Contains("$600.00", late.Text, StringComparison.Ordinal);
        Assert.Equal(600m, await ScalarAsync<decimal>("SELECT limit_amount FROM store.customer_purchased_amount"));
        Assert.Equal(HttpStatusCode.SeeOther, (await admin.SubmitAsync(late, LimitForm)).Status);
    }

    [Theory]
    [InlineData("", "why")]
    [InlineData("-1", "why")]
    [InlineData("0.005", "why")]
    [InlineData("NaN", "why")]
    [InlineData("10000000000", "why")]
    [InlineData("1,000", "why")]
    [InlineData("600", "")]
    [InlineData("600", "   ")]
    [InlineData("500", "the same")]
    public async Task What_is_no_change_is_refused_at_its_field_and_changes_nothing(string limit, string reason)
    {
        using var admin = await SignedInAsync("admin@example.com");

        var refused = await admin.SubmitAsync(await admin.GetAsync("/admin/customers/10/limit"), CheckForm, ("limitAfter", limit), ("reason", reason));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.NotEmpty(refused.Document.QuerySelectorAll(".field-error"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.limit_change"));
    }

    [Theory]
    [InlineData("/admin/customers/99")]
    [InlineData("/admin/customers/99/limit")]
    [InlineData("/admin/customers/x")]
    public async Task Unknown_customers_are_a_404(string path)
    {
        using var admin = await SignedInAsync("admin@example.com");
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync(path)).Status);
    }
}
