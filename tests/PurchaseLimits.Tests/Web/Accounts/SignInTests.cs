using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Accounts;

public sealed class SignInTests(PostgresServer server) : StoreWebTest(server)
{
    private const string Form = "form[action='/sign-in']";

    [Fact]
    public async Task Twenty_guesses_at_once_are_five_guesses_and_a_lock()
    {
        await AddSignInsAsync(10, 10);
        using var shopper = Web.NewShopper();
        var page = await shopper.GetAsync("/sign-in");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            shopper.SubmitAsync(page, Form, ("email", "customer10@example.com"), ("password", $"guess number {i}"))));

        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.UnprocessableEntity));
        Assert.Equal(15, answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests));
        var right = await shopper.SubmitAsync(page, Form, ("email", "customer10@example.com"), ("password", Password));
        Assert.Equal(HttpStatusCode.TooManyRequests, right.Status);
        Assert.NotNull(right.Response.Headers.RetryAfter);

        await ExecuteAsync("UPDATE account.user SET locked_until = now() - interval '1 second'");
        await shopper.SignInAsync("customer10@example.com");
        Assert.Equal(0, await ScalarAsync<long>("SELECT failed_sign_in_count FROM account.user"));
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_e_mail_get_the_same_answer()
    {
        await AddSignInsAsync(10, 10);
        using var shopper = Web.NewShopper();
        var page = await shopper.GetAsync("/sign-in");

        var wrong = await shopper.SubmitAsync(page, Form, ("email", "customer10@example.com"), ("password", "not this one"));
        var unknown = await shopper.SubmitAsync(page, Form, ("email", "nobody@example.com"), ("password", "not this one"));

        Assert.Equal((HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity), (wrong.Status, unknown.Status));
        Assert.Equal(wrong.Text, unknown.Text);
    }

    [Fact]
    public async Task Registering_makes_a_customer_with_the_default_limit_and_signs_in()
    {
        using var shopper = Web.NewShopper();

        var registered = await RegisterAsync(shopper, "Ada Lovelace", "ada@example.com");

        Assert.InRange((int)registered.Status, 302, 303);
        Assert.Contains("$500.00", (await shopper.GetAsync("/allowance")).Text, StringComparison.Ordinal);
        Assert.Equal(["Ada Lovelace 500.00 customer_registered"], await QueryAsync<string>(
            """
            SELECT format('%s %s %s', c.display_name, a.limit_amount, e.kind)
            FROM store.customer c
            JOIN store.customer_purchased_amount a USING (customer_id)
            JOIN store.customer_event e USING (customer_id)
            """));
        var again = await RegisterAsync(Web.NewShopper(), "Another Ada", "ADA@example.com");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, again.Status);
    }

    [Fact]
    public async Task One_e_mail_registered_ten_times_at_once_is_one_account_and_one_customer()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => RegisterAsync(Web.NewShopper(), $"Ada {i}", "ada@example.com")));

        Assert.Single(answers, answer => (int)answer.Status is 302 or 303);
        Assert.All(answers, answer => Assert.True((int)answer.Status is 302 or 303 or 422, answer.Text));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM account.user"));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.customer"));
    }

    [Theory]
    [InlineData("", "ada@example.com", "long enough to be safe")]
    [InlineData("Ada", "ada", "long enough to be safe")]
    [InlineData("Ada", "", "long enough to be safe")]
    [InlineData("Ada", "ada.@example.com", "long enough to be safe")]
    [InlineData("Ada", ".ada@example.com", "long enough to be safe")]
    [InlineData("Ada", "a..da@example.com", "long enough to be safe")]
    [InlineData("Ada", "ada@example.com,", "long enough to be safe")]
    [InlineData("Ada", "a,da@example.com", "long enough to be safe")]
    [InlineData("Ada", "ada@example.com", "too short")]
    public async Task What_is_missing_is_said_at_its_field_and_makes_no_account(string name, string email, string password)
    {
        var answer = await RegisterAsync(Web.NewShopper(), name, email, password);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
        Assert.NotEmpty(answer.Document.QuerySelectorAll(".field-error"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM account.user"));
    }

    [Theory]
    [InlineData("Ada\u202Elorem")]
    [InlineData("Ada\0")]
    public async Task Text_that_hides_what_it_says_is_a_bad_request(string name)
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await RegisterAsync(Web.NewShopper(), name, "ada@example.com")).Status);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM account.user"));
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example/")]
    [InlineData("/\\elsewhere.example/")]
    public async Task Signing_in_leads_nowhere_else(string returnUrl)
    {
        await AddSignInsAsync(10, 10);
        using var shopper = Web.NewShopper();
        var page = await shopper.GetAsync($"/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}");

        var answer = await shopper.SubmitAsync(page, Form, ("email", "customer10@example.com"), ("password", Password));

        Assert.Equal("/", answer.Response.Headers.Location?.ToString());
    }

    [Fact]
    public async Task Nobody_goes_anywhere_unless_a_page_says_so()
    {
        await AddSignInsAsync(10, 10);
        await AddAdminAsync();
        using var visitor = Web.NewShopper();
        using var customer = await SignedInAsync("customer10@example.com");
        using var admin = await SignedInAsync("admin@example.com");

        foreach (var path in new[] { "/checkout", "/purchases", "/allowance", "/admin/customers", "/admin/customers/10", "/admin/customers/10/limit" })
        {
            var asked = await visitor.GetAsync(path);
            Assert.Equal(HttpStatusCode.Redirect, asked.Status);
            Assert.Contains("/sign-in", asked.Response.Headers.Location!.ToString(), StringComparison.Ordinal);
            var forAdmins = path.StartsWith("/admin", StringComparison.Ordinal);
            Assert.Equal(forAdmins ? HttpStatusCode.Forbidden : HttpStatusCode.OK, (await customer.GetAsync(path)).Status);
            Assert.Equal(forAdmins ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await admin.GetAsync(path)).Status);
        }
    }

    [Fact]
    public async Task Another_process_and_a_restart_know_who_is_signed_in_because_the_keys_are_in_the_database()
    {
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        await using var other = new WebStore(ConnectionString);
        using var there = other.NewShopper();
        foreach (Cookie cookie in shopper.Cookies.GetCookies(Web.Address))
            there.Cookies.Add(other.Address, new Cookie(cookie.Name, cookie.Value));

        Assert.Equal(HttpStatusCode.OK, (await there.GetAsync("/allowance")).Status);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM account.data_protection_key"));
    }

    [Fact]
    public async Task Outside_Development_cookies_travel_over_TLS_only()
    {
        await AddSignInsAsync(10, 10);
        await using var production = new WebStore(ConnectionString,
            new Dictionary<string, string> { ["environment"] = "Production", ["Workers:Enabled"] = "false" });
        using var shopper = production.NewShopper();

        Assert.Equal(HttpStatusCode.BadRequest, (await shopper.GetAsync("/sign-in")).Status);
        Assert.Empty(shopper.Cookies.GetAllCookies());
        var options = production.Services.GetRequiredService<Microsoft.Extensions.Options.IOptionsMonitor<Microsoft.AspNetCore.Authentication.Cookies.CookieAuthenticationOptions>>()
            .Get(Microsoft.AspNetCore.Identity.IdentityConstants.ApplicationScheme);
        Assert.Equal(Microsoft.AspNetCore.Http.CookieSecurePolicy.Always, options.Cookie.SecurePolicy);
        Assert.True(options.Cookie.HttpOnly);
        Assert.StartsWith("__Host-", options.Cookie.Name, StringComparison.Ordinal);
    }

    private static async Task<WebPage> RegisterAsync(Shopper shopper, string name, string email, string password = Password) =>
        await shopper.SubmitAsync(await shopper.GetAsync("/register"), "form[action='/register']",
            ("name", name), ("email", email), ("password", password));
}
