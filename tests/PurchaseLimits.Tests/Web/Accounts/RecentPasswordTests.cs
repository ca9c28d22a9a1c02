using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Pages.Admin;
using Xunit;

namespace PurchaseLimits.Tests.Web.Accounts;

/// <summary>What changes what others may buy takes a password that was entered minutes ago.</summary>
public sealed class RecentPasswordTests(PostgresServer server) : StoreWebTest(server)
{
    private const string LimitForm = "main form[action='/admin/customers/10/limit']";
    private const string ConfirmForm = "main form[action*='confirm-password']";
    private const string Claim = "password_entered_at";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 10);
        await AddAdminAsync();
    }

    [Theory]
    [InlineData(typeof(ChangeLimitModel))]
    [InlineData(typeof(EndLimitChangeModel))]
    [InlineData(typeof(DecideLimitModel))]
    [InlineData(typeof(DecideModel))]
    [InlineData(typeof(LimitImportModel))]
    [InlineData(typeof(SettingsModel))]
    [InlineData(typeof(ReleaseCustomerModel))]
    [InlineData(typeof(RefundModel))]
    [InlineData(typeof(SetPriceModel))]
    [InlineData(typeof(TakeBackPriceModel))]
    [InlineData(typeof(PriceImportModel))]
    public void What_changes_what_others_may_buy_asks_for_it(Type page) =>
        Assert.NotEmpty(page.GetCustomAttributes(typeof(RequiresRecentPasswordAttribute), inherit: false));

    [Fact]
    public async Task A_page_asks_for_the_password_and_goes_on_where_it_was()
    {
        using var admin = await SignedInAsync("admin@example.com");
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("/admin/customers/10/limit")).Status);
        Age(admin, TimeSpan.FromMinutes(11));
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("/admin/customers/10")).Status);

        var sent = await admin.GetAsync("/admin/customers/10/limit?x=1");
        Assert.Equal(HttpStatusCode.Redirect, sent.Status);
        var asked = await admin.FollowAsync(sent);
        Assert.Equal(HttpStatusCode.OK, asked.Status);
        var confirmed = await admin.SubmitAsync(asked, ConfirmForm, ("confirm-password", Password));

        Assert.Equal(HttpStatusCode.SeeOther, confirmed.Status);
        Assert.Equal("/admin/customers/10/limit?x=1", confirmed.Response.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.OK, (await admin.FollowAsync(confirmed)).Status);
    }

    [Fact]
    public async Task A_form_that_comes_too_late_is_kept_and_sent_on_after_the_password()
    {
        using var admin = await SignedInAsync("admin@example.com");
        var first = await admin.GetAsync("/admin/customers/10/limit");
        var page = await admin.SubmitAsync(first, "main form[action*='handler=Check']", ("limitAfter", "800.00"), ("reason", "Two lines,\r\nand <b>more</b>"));
        Age(admin, TimeSpan.FromMinutes(11));

        var sent = await admin.SubmitAsync(page, LimitForm);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, sent.Status);
        Assert.Equal(500m, await LimitAsync());
        var asked = await admin.SendAsync(Again(page, LimitForm, sent));
        Assert.Equal(HttpStatusCode.Forbidden, asked.Status);

        var wrong = await admin.SubmitAsync(asked, ConfirmForm, ("confirm-password", "not the password"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.Status);
        Assert.NotEmpty(wrong.Document.QuerySelectorAll("#confirm-password-error"));
        var empty = await admin.SubmitAsync(wrong, ConfirmForm, ("confirm-password", ""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, empty.Status);

        var confirmed = await admin.SubmitAsync(empty, ConfirmForm, ("confirm-password", Password));
        Assert.Equal(HttpStatusCode.TemporaryRedirect, confirmed.Status);
        Assert.Equal("/admin/customers/10/limit", confirmed.Response.Headers.Location!.ToString());
        var saved = await admin.SendAsync(Again(empty, ConfirmForm, confirmed, ("confirm-password", Password)));
        Assert.Equal(HttpStatusCode.SeeOther, saved.Status);
        Assert.Equal(800m, await LimitAsync());
        Assert.Equal("Two lines,\nand <b>more</b>", await ScalarAsync<string>("SELECT reason FROM store.customer_event WHERE kind = 'limit_changed'"));
    }

    [Fact]
    public async Task Wrong_passwords_lock_the_account_as_at_sign_in_and_the_right_one_does_not_open_it()
    {
        using var admin = await SignedInAsync("admin@example.com");
        Age(admin, TimeSpan.FromMinutes(11));
        var asked = await admin.FollowAsync(await admin.GetAsync("/admin/settings"));
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await admin.SubmitAsync(asked, ConfirmForm, ("confirm-password", "not the password"))).Status);

        var locked = await admin.SubmitAsync(asked, ConfirmForm, ("confirm-password", Password));
        Assert.Equal(HttpStatusCode.TooManyRequests, locked.Status);
        Assert.NotNull(locked.Response.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.Redirect, (await admin.GetAsync("/admin/settings")).Status);
    }

    [Fact]
    public async Task Neither_a_renewed_cookie_nor_its_look_at_the_account_makes_the_password_recent()
    {
        using var admin = await SignedInAsync("admin@example.com");
        // Over half of its life, which renews it, and older than five minutes, which makes its claims anew.
        Age(admin, TimeSpan.FromMinutes(9), cookie: TimeSpan.FromHours(7));
        var before = Cookie(admin);
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("/admin/settings")).Status);
        Assert.NotEqual(before, Cookie(admin));
        var age = DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(long.Parse(Ticket(admin).Principal.FindFirstValue(Claim)!, null));
        Assert.InRange(age, TimeSpan.FromMinutes(8.9), TimeSpan.FromMinutes(11));

        Age(admin, TimeSpan.FromMinutes(11), cookie: TimeSpan.FromHours(7));
        await admin.GetAsync("/admin/customers");
        Assert.Equal(HttpStatusCode.Redirect, (await admin.GetAsync("/admin/settings")).Status);
    }

    [Fact]
    public async Task Whoever_is_signed_in_elsewhere_when_the_password_is_changed_is_signed_out_and_no_more()
    {
        using var admin = await SignedInAsync("admin@example.com");
        Age(admin, TimeSpan.FromMinutes(6), cookie: TimeSpan.FromMinutes(6));
        await ExecuteAsync("UPDATE account.user SET security_stamp = 'changed' WHERE role = 'admin'");

        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("/")).Status);

        Assert.Null(admin.Cookies.GetCookies(Web.Address)["store-sign-in"]);
        Assert.Contains("/sign-in", (await admin.GetAsync("/admin")).Response.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_asked_for_again_and_a_form_of_nobodys_is_not_passed_on()
    {
        using var admin = await SignedInAsync("admin@example.com");
        var page = await admin.GetAsync("/admin/settings");
        Age(admin, TimeSpan.FromMinutes(11));
        var token = page.Form("#settings").Elements.OfType<AngleSharp.Html.Dom.IHtmlInputElement>().Single(field => field.Name == "__RequestVerificationToken").Value;
        using var upload = new MultipartFormDataContent { { new StringContent(token), "__RequestVerificationToken" }, { new StringContent("1,2"), "file", "limits.csv" } };

        var again = await admin.FollowAsync(await admin.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/admin/settings") { Content = upload }));
        Assert.Contains("choose it and send it once more", again.Text, StringComparison.Ordinal);

        using var forged = new FormUrlEncodedContent([KeyValuePair.Create("limitAfter", "9000")]);
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/admin/settings") { Content = forged })).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?returnUrl=https://evil.example/admin/x")]
    [InlineData("?returnUrl=//evil.example/admin/")]
    [InlineData("?returnUrl=/sign-out")]
    [InlineData("?returnUrl=/admin/confirm-password?returnUrl=/admin/settings")]
    public async Task It_goes_on_to_pages_of_admins_only(string query)
    {
        using var admin = await SignedInAsync("admin@example.com");
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.GetAsync($"/admin/confirm-password{query}")).Status);
    }

    [Fact]
    public async Task It_is_for_admins()
    {
        using var customer = await SignedInAsync("customer10@example.com");
        Assert.Equal(HttpStatusCode.Forbidden, (await customer.GetAsync("/admin/confirm-password?returnUrl=/admin/settings")).Status);
        Assert.Null(Ticket(customer).Principal.FindFirst(Claim));
    }

    private Task<decimal> LimitAsync() => ScalarAsync<decimal>("SELECT limit_amount FROM store.customer_purchased_amount WHERE customer_id = 10");

    /// <summary>What a browser does with a 307: the same form, sent where it says.</summary>
    private static HttpRequestMessage Again(WebPage page, string form, WebPage answer, params (string, string?)[] changes)
    {
        var request = Shopper.Request(page, form, changes);
        request.RequestUri = answer.Response.Headers.Location;
        return request;
    }

    private string Cookie(Shopper shopper) => shopper.Cookies.GetCookies(Web.Address)["store-sign-in"]!.Value;

    private CookieAuthenticationOptions Cookies =>
        Web.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(IdentityConstants.ApplicationScheme);

    private Microsoft.AspNetCore.Authentication.AuthenticationTicket Ticket(Shopper shopper) => Cookies.TicketDataFormat.Unprotect(Cookie(shopper))!;

    /// <summary>The same cookie as if the password had been entered, and the cookie made, that long ago.</summary>
    private void Age(Shopper shopper, TimeSpan password, TimeSpan cookie = default)
    {
        var ticket = Ticket(shopper);
        var identity = (ClaimsIdentity)ticket.Principal.Identity!;
        identity.RemoveClaim(identity.FindFirst(Claim)!);
        identity.AddClaim(new Claim(Claim, (DateTimeOffset.UtcNow - password).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture)));
        ticket.Properties.IssuedUtc -= cookie;
        ticket.Properties.ExpiresUtc -= cookie;
        shopper.Cookies.GetCookies(Web.Address)["store-sign-in"]!.Value = Cookies.TicketDataFormat.Protect(ticket);
    }
}
