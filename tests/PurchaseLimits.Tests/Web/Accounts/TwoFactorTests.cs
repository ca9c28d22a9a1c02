using System.Net;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web.Accounts;
using Xunit;

namespace PurchaseLimits.Tests.Web.Accounts;

/// <summary>Sign-in with a second factor, as an authenticator app and a browser have it.</summary>
public sealed class TwoFactorTests(PostgresServer server) : StoreWebTest(server)
{
    private const string Customer = "customer10@example.com";
    private const string Admin = "admin@example.com";
    private const string SignInForm = "form[action='/sign-in']";
    private const string CodeForm = "form[action='/sign-in/code?handler=Code']";
    private const string RecoveryForm = "form[action='/sign-in/code?handler=Recovery']";
    private const string SetUpForm = "form[action='/account/two-factor/set-up']";
    private const string CodesForm = "form[action='/account/two-factor?handler=Codes']";
    private const string OffForm = "form[action='/account/two-factor?handler=Off']";

    /// <summary>Of the account that has it on. Its code of this moment is used.</summary>
    private AuthenticatorApp _app = null!;

    private List<string> _recoveryCodes = [];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddSignInsAsync(10, 11);
        await AddAdminAsync();
    }

    /// <summary>RFC 6238, appendix B; the last six of its eight digits.</summary>
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(20000000000, "353130")]
    public void The_app_of_these_tests_is_one(long second, string code) =>
        Assert.Equal(code, new AuthenticatorApp(Encoding.ASCII.GetBytes("12345678901234567890")).CodeAt(second / 30));

    [Theory]
    [InlineData(Customer, "/allowance")]
    [InlineData(Admin, "/admin")]
    public async Task The_password_alone_signs_nobody_in_and_with_a_code_it_does(string email, string path)
    {
        using var first = await TurnOnAsync(email);
        Assert.Equal(HttpStatusCode.OK, (await first.GetAsync(path)).Status);

        using var shopper = Web.NewShopper();
        var asked = await HalfSignInAsync(shopper, email, path);
        Assert.Equal(HttpStatusCode.Redirect, (await shopper.GetAsync(path)).Status);
        var wrong = await shopper.SubmitAsync(asked, CodeForm, ("code", Wrong()));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.Status);
        Assert.Equal(HttpStatusCode.Redirect, (await shopper.GetAsync(path)).Status);

        var right = await shopper.SubmitAsync(wrong, CodeForm, ("code", Spaced(_app.Code(1))));

        Assert.Equal(path, right.Response.Headers.Location?.ToString());
        Assert.Equal(HttpStatusCode.OK, (await shopper.GetAsync(path)).Status);
        Assert.Equal(0, await ScalarAsync<long>("SELECT max(failed_sign_in_count) FROM account.user"));
    }

    [Fact]
    public async Task Twenty_codes_guessed_at_once_are_five_guesses_and_a_lock_for_the_password_too()
    {
        await TurnOnAsync(Customer);
        using var shopper = Web.NewShopper();
        var asked = await HalfSignInAsync(shopper, Customer);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => shopper.SubmitAsync(asked, CodeForm, ("code", Wrong(i)))));

        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.UnprocessableEntity));
        Assert.Equal(15, answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests));
        var right = await shopper.SubmitAsync(asked, CodeForm, ("code", _app.Code(1)));
        Assert.Equal(HttpStatusCode.TooManyRequests, right.Status);
        Assert.NotNull(right.Response.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await shopper.SubmitAsync(asked, RecoveryForm, ("recovery", _recoveryCodes[0]))).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SubmitPasswordAsync(Web.NewShopper(), Customer)).Status);
        Assert.Equal(10, await ScalarAsync<long>("SELECT count(*) FROM account.recovery_code"));

        await ExecuteAsync("UPDATE account.user SET locked_until = now() - interval '1 second' WHERE locked_until IS NOT NULL");
        Assert.Equal(HttpStatusCode.Redirect, (await shopper.SubmitAsync(asked, CodeForm, ("code", _app.Code(1)))).Status);
    }

    [Fact]
    public async Task Twenty_recovery_codes_guessed_at_once_are_five_guesses_too()
    {
        await TurnOnAsync(Customer);
        using var shopper = Web.NewShopper();
        var asked = await HalfSignInAsync(shopper, Customer);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => shopper.SubmitAsync(asked, RecoveryForm, ("recovery", $"AAAAA-AAA{i:D2}"))));

        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.UnprocessableEntity));
        Assert.Equal(15, answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task A_right_password_in_between_forgets_no_wrong_code_and_is_no_wrong_guess_itself()
    {
        await TurnOnAsync(Customer);
        using var shopper = Web.NewShopper();
        for (var i = 0; i < 4; i++)
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await shopper.SubmitAsync(await HalfSignInAsync(shopper, Customer), CodeForm, ("code", Wrong(i)))).Status);
        for (var i = 0; i < 6; i++)
            await HalfSignInAsync(shopper, Customer);
        Assert.Equal(4, await ScalarAsync<long>("SELECT failed_sign_in_count FROM account.user WHERE customer_id = 10"));

        var asked = await HalfSignInAsync(shopper, Customer);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await shopper.SubmitAsync(asked, CodeForm, ("code", Wrong(5)))).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await shopper.SubmitAsync(asked, CodeForm, ("code", _app.Code(1)))).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SubmitPasswordAsync(Web.NewShopper(), Customer)).Status);
    }

    [Fact]
    public async Task One_code_sent_by_ten_browsers_at_once_signs_one_of_them_in()
    {
        await TurnOnAsync(Customer);
        var browsers = new List<(Shopper Shopper, WebPage Asked)>();
        for (var i = 0; i < 10; i++)
        {
            var shopper = Web.NewShopper();
            browsers.Add((shopper, await HalfSignInAsync(shopper, Customer)));
        }

        var code = _app.Code(1);
        var answers = await Task.WhenAll(browsers.Select(browser => browser.Shopper.SubmitAsync(browser.Asked, CodeForm, ("code", code))));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Redirect);
        Assert.All(answers, answer => Assert.True((int)answer.Status is 302 or 422 or 429, answer.Text));
        Assert.Single(browsers, browser => browser.Shopper.Cookies.GetCookies(Web.Address)["store-sign-in"] is not null);
    }

    [Fact]
    public async Task A_code_that_was_used_is_not_taken_again_nor_is_the_one_that_turned_it_on()
    {
        using var app = await TurnOnAsync(Customer);
        using var shopper = Web.NewShopper();
        var used = (await QueryAsync<string>("SELECT code FROM account.used_code")).Single();
        var asked = await HalfSignInAsync(shopper, Customer);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await shopper.SubmitAsync(asked, CodeForm, ("code", used))).Status);

        var code = _app.Code(1);
        Assert.Equal(HttpStatusCode.Redirect, (await shopper.SubmitAsync(asked, CodeForm, ("code", code))).Status);
        using var thief = Web.NewShopper();
        var again = await thief.SubmitAsync(await HalfSignInAsync(thief, Customer), CodeForm, ("code", code));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, again.Status);
        Assert.Contains("used already", again.Text, StringComparison.Ordinal);

        // Not for ever: codes of today may come again another day, and nobody keeps them.
        await ExecuteAsync("UPDATE account.used_code SET used_at = used_at - interval '11 minutes'");
        Assert.True(await ScalarAsync<bool>("SELECT account.use_code(user_id, @code) FROM account.user WHERE customer_id = 10", new { code }));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM account.used_code"));
    }

    [Fact]
    public async Task A_recovery_code_sent_by_ten_browsers_at_once_signs_one_of_them_in_and_is_gone()
    {
        await TurnOnAsync(Customer);
        var browsers = new List<(Shopper Shopper, WebPage Asked)>();
        for (var i = 0; i < 10; i++)
        {
            var shopper = Web.NewShopper();
            browsers.Add((shopper, await HalfSignInAsync(shopper, Customer)));
        }

        var answers = await Task.WhenAll(browsers.Select(browser =>
            browser.Shopper.SubmitAsync(browser.Asked, RecoveryForm, ("recovery", _recoveryCodes[3].Replace("-", " ", StringComparison.Ordinal).ToLowerInvariant()))));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Redirect);
        Assert.All(answers, answer => Assert.True((int)answer.Status is 302 or 422 or 429, answer.Text));
        Assert.Equal(9, await ScalarAsync<long>("SELECT count(*) FROM account.recovery_code"));
        var signedIn = browsers.Single(browser => browser.Shopper.Cookies.GetCookies(Web.Address)["store-sign-in"] is not null).Shopper;
        Assert.Contains("Recovery codes that are left: 9", (await signedIn.GetAsync("/account/two-factor")).Text, StringComparison.Ordinal);
        await SentAsync("recovery_code_used");

        await ExecuteAsync("UPDATE account.user SET failed_sign_in_count = 0, locked_until = NULL");
        using var late = Web.NewShopper();
        var again = await late.SubmitAsync(await HalfSignInAsync(late, Customer), RecoveryForm, ("recovery", _recoveryCodes[3]));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, again.Status);
        Assert.Contains("none of your recovery codes", again.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_database_keeps_is_neither_the_key_nor_a_code()
    {
        using var shopper = await SignedInAsync(Customer);
        var page = await shopper.GetAsync("/account/two-factor/set-up");
        var key = KeyOn(page);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM account.second_factor")); // looking changes nothing
        await TurnOnAsync(shopper, page);

        var kept = string.Join(' ', await QueryAsync<string>("SELECT s::text FROM account.second_factor s UNION ALL SELECT c::text FROM account.recovery_code c"));
        Assert.DoesNotContain(key, kept, StringComparison.Ordinal);
        Assert.Equal(32, key.Length); // 160 bits, as RFC 4226 asks for
        foreach (var code in _recoveryCodes)
        {
            Assert.DoesNotContain(code, kept, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.ASCII.GetBytes(code.Replace("-", "", StringComparison.Ordinal))), kept, StringComparison.Ordinal);
        }

        Assert.Equal(10, _recoveryCodes.Distinct().Count());
        // Nobody sees a key that is in use again.
        Assert.DoesNotContain(key, (await shopper.GetAsync("/account/two-factor")).Document.Source.Text, StringComparison.Ordinal);
        Assert.NotEqual(key, KeyOn(await shopper.GetAsync("/account/two-factor/set-up")));
    }

    [Fact]
    public async Task It_is_turned_on_by_who_knows_the_password_and_has_the_app_and_by_nobody_else()
    {
        using var shopper = await SignedInAsync(Customer);
        var page = await shopper.GetAsync("/account/two-factor/set-up");
        var app = AuthenticatorApp.Of(KeyOn(page));

        var wrongCode = await shopper.SubmitAsync(page, SetUpForm, ("code", Wrong(0, app)), ("password", Password));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrongCode.Status);
        Assert.Equal(KeyOn(page), KeyOn(wrongCode));
        var wrongPassword = await shopper.SubmitAsync(page, SetUpForm, ("code", app.Code()), ("password", "not this one"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrongPassword.Status);
        Assert.Contains("This is not the password", wrongPassword.Text, StringComparison.Ordinal);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM account.second_factor"));
        Assert.Equal(3, await ScalarAsync<long>("SELECT count(*) FROM account.user WHERE security_stamp = 'stamp'"));

        await TurnOnAsync(shopper, page);
        await SentAsync("two_factor_on");
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM account.user WHERE security_stamp = 'stamp'"));
        // This browser stays signed in, with the new stamp.
        Assert.Contains("It is on", (await shopper.GetAsync("/account/two-factor")).Text, StringComparison.Ordinal);
        Assert.Contains("On: signing in asks for a code", (await shopper.GetAsync("/account")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_another_account_or_of_nobody_is_refused()
    {
        using var shopper = await SignedInAsync(Customer);
        using var other = await SignedInAsync("customer11@example.com");
        var theirs = await other.GetAsync("/account/two-factor/set-up");
        var page = await shopper.GetAsync("/account/two-factor/set-up");

        foreach (var key in new[] { Hidden(theirs), "", "AAAA", "CfDJ8", new string('x', 3000), null })
        {
            var answer = await shopper.SubmitAsync(page, SetUpForm, ("key", key), ("code", AuthenticatorApp.Of(KeyOn(theirs)).Code()), ("password", Password));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
            Assert.Contains("Nothing was changed", answer.Text, StringComparison.Ordinal);
        }

        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM account.second_factor"));

        static string Hidden(WebPage page) => page.Document.QuerySelector("input[name='key']")!.GetAttribute("value")!;
    }

    [Fact]
    public async Task Two_windows_that_turn_it_on_at_once_are_one_and_the_other_is_told()
    {
        using var shopper = await SignedInAsync(Customer);
        var pages = new[] { await shopper.GetAsync("/account/two-factor/set-up"), await shopper.GetAsync("/account/two-factor/set-up") };

        var answers = await Task.WhenAll(pages.Select(page =>
            shopper.SubmitAsync(page, SetUpForm, ("code", AuthenticatorApp.Of(KeyOn(page)).Code()), ("password", Password))));

        // One after the other is fine as well: the second then replaces the first's app.
        var on = answers.Where(answer => answer.Status == HttpStatusCode.OK).ToList();
        Assert.NotEmpty(on);
        Assert.All(answers.Except(on), answer => Assert.Equal(HttpStatusCode.SeeOther, answer.Status));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM account.second_factor"));
        Assert.Equal(10, await ScalarAsync<long>("SELECT count(*) FROM account.recovery_code"));
        Assert.Equal(on.Count, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message WHERE kind = 'two_factor_on'"));
    }

    [Theory]
    [InlineData(Customer)]
    [InlineData(Admin)]
    public async Task New_recovery_codes_take_the_password_and_end_the_old_ones(string email)
    {
        using var shopper = await TurnOnAsync(email);
        var old = _recoveryCodes;
        var page = await shopper.GetAsync("/account/two-factor");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await shopper.SubmitAsync(page, CodesForm, ("codes-password", "not this one"))).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await shopper.SubmitAsync(page, CodesForm, ("codes-password", ""))).Status);

        var renewed = await shopper.SubmitAsync(page, CodesForm, ("codes-password", Password));
        Assert.Equal(HttpStatusCode.OK, renewed.Status);
        _recoveryCodes = CodesOn(renewed);

        using var late = Web.NewShopper();
        var asked = await HalfSignInAsync(late, email);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await late.SubmitAsync(asked, RecoveryForm, ("recovery", old[0]))).Status);
        Assert.Equal(HttpStatusCode.Redirect, (await late.SubmitAsync(asked, RecoveryForm, ("recovery", _recoveryCodes[0]))).Status);
        if (email == Customer)
            await SentAsync("recovery_codes_renewed");
    }

    [Theory]
    [InlineData(Customer)]
    [InlineData(Admin)]
    public async Task It_is_turned_off_by_who_knows_the_password(string email)
    {
        using var shopper = await TurnOnAsync(email);
        var page = await shopper.GetAsync("/account/two-factor");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await shopper.SubmitAsync(page, OffForm, ("off-password", "not this one"))).Status);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM account.second_factor"));
        var stamp = await StampAsync(email);

        var off = await shopper.SubmitAsync(page, OffForm, ("off-password", Password));

        Assert.Contains("Two-factor sign-in is off", (await shopper.FollowAsync(off)).Text, StringComparison.Ordinal);
        Assert.Equal(0, await ScalarAsync<long>("SELECT (SELECT count(*) FROM account.second_factor) + (SELECT count(*) FROM account.recovery_code)"));
        Assert.NotEqual(stamp, await StampAsync(email));
        await (await SignedInAsync(email)).GetAsync("/"); // with the password alone
        if (email == Customer)
            await SentAsync("two_factor_off");
        var again = await shopper.SubmitAsync(page, OffForm, ("off-password", Password));
        Assert.Contains("off already", (await shopper.FollowAsync(again)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_admin_does_about_it_is_in_the_audit_and_no_mail()
    {
        using var admin = await TurnOnAsync(Admin);
        using (var late = Web.NewShopper())
            await late.SubmitAsync(await HalfSignInAsync(late, Admin), RecoveryForm, ("recovery", _recoveryCodes[0]));
        await admin.SubmitAsync(await admin.GetAsync("/account/two-factor"), OffForm, ("off-password", Password));

        var id = await ScalarAsync<long>("SELECT user_id FROM account.user WHERE role = 'admin'");
        Assert.Equal([$"account_two_factor_on admin {id}", $"account_recovery_code_used admin {id}", $"account_two_factor_off admin {id}"],
            await QueryAsync<string>("SELECT concat_ws(' ', kind, actor) FROM store.audit_entry WHERE kind <> 'account_new_sign_in' ORDER BY happened_at"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message"));
        foreach (var path in new[] { "/admin/audit", "/admin/audit?kind=accounts", $"/admin/audit?who={id}" })
        {
            var audit = await admin.GetAsync(path);
            Assert.Contains("Signed in with a recovery code", audit.Text, StringComparison.Ordinal);
            Assert.Contains("Turned two-factor sign-in off", audit.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_remembered_browser_is_not_asked_until_the_password_or_the_app_changes()
    {
        using var shopper = await TurnOnAsync(Customer);
        using var browser = Web.NewShopper();
        await browser.SubmitAsync(await HalfSignInAsync(browser, Customer), CodeForm, ("code", _app.Code(1)), ("remember", "true"));
        await SignOutAsync(browser);

        Assert.Equal("/", (await SubmitPasswordAsync(browser, Customer)).Response.Headers.Location?.ToString());
        await SignOutAsync(browser);
        using var other = Web.NewShopper();
        await HalfSignInAsync(other, Customer);

        await shopper.SubmitAsync(await shopper.GetAsync("/account/two-factor"), CodesForm, ("codes-password", Password));
        await HalfSignInAsync(browser, Customer);
    }

    [Fact]
    public async Task A_key_that_the_store_cannot_read_any_more_lets_nobody_in_but_with_a_recovery_code()
    {
        await TurnOnAsync(Customer);
        await ExecuteAsync("UPDATE account.second_factor SET protected_key = 'lost'");
        using var shopper = Web.NewShopper();

        var asked = await HalfSignInAsync(shopper, Customer);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await shopper.SubmitAsync(asked, CodeForm, ("code", _app.Code(1)))).Status);
        Assert.Equal(HttpStatusCode.Redirect, (await shopper.SubmitAsync(asked, RecoveryForm, ("recovery", _recoveryCodes[0]))).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("-12345")]
    [InlineData("+12345")]
    [InlineData("0x1234")]
    [InlineData("１２３４５６")]
    [InlineData("'; --")]
    [InlineData(null)]
    public async Task What_is_no_code_is_said_at_its_field_and_is_no_guess(string? code)
    {
        await TurnOnAsync(Customer);
        using var shopper = Web.NewShopper();
        var asked = await HalfSignInAsync(shopper, Customer);

        foreach (var (form, field) in new[] { (CodeForm, "code"), (RecoveryForm, "recovery") })
        {
            var answer = await shopper.SubmitAsync(asked, form, (field, code));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
            Assert.Single(answer.Document.QuerySelectorAll(".field-error"));
        }

        Assert.Equal(0, await ScalarAsync<long>("SELECT max(failed_sign_in_count) FROM account.user"));
    }

    [Fact]
    public async Task Without_a_password_before_it_no_code_is_asked_for_or_looked_at()
    {
        await TurnOnAsync(Customer);
        using var shopper = Web.NewShopper();
        Assert.Equal("/sign-in", (await shopper.GetAsync("/sign-in/code")).Response.Headers.Location?.ToString());

        var asked = await HalfSignInAsync(shopper, Customer);
        shopper.Cookies.GetCookies(Web.Address)["store-first-factor"]!.Expired = true;
        var answer = await shopper.SubmitAsync(asked, CodeForm, ("code", _app.Code(1)));
        Assert.Equal("/sign-in", answer.Response.Headers.Location?.ToString());
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM account.used_code"));
        Assert.Contains("/sign-in", (await shopper.GetAsync("/account/two-factor")).Response.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hash_that_is_made_anew_overwrites_no_password_that_was_changed_meanwhile()
    {
        await using var scope = Web.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<StoreUser>>();
        var read = (await users.FindByEmailAsync(Customer))!;
        await ExecuteAsync("UPDATE account.user SET password_hash = 'new', security_stamp = 'new' WHERE customer_id = 10");

        Assert.False((await users.UpdateAsync(read)).Succeeded);
        Assert.Equal("new new", await ScalarAsync<string>("SELECT password_hash || ' ' || security_stamp FROM account.user WHERE customer_id = 10"));
    }

    private async Task<Shopper> TurnOnAsync(string email)
    {
        var shopper = await SignedInAsync(email);
        await TurnOnAsync(shopper, await shopper.GetAsync("/account/two-factor/set-up"));
        return shopper;
    }

    private async Task TurnOnAsync(Shopper shopper, WebPage page)
    {
        _app = AuthenticatorApp.Of(KeyOn(page));
        var on = await shopper.SubmitAsync(page, SetUpForm, ("code", _app.Code()), ("password", Password));
        Assert.Equal(HttpStatusCode.OK, on.Status);
        _recoveryCodes = CodesOn(on);
        Assert.Equal(RecoveryCode.Count, _recoveryCodes.Count);
    }

    private static Task<WebPage> SubmitPasswordAsync(Shopper shopper, string email) => SubmitPasswordAsync(shopper, email, "/");

    private static async Task<WebPage> SubmitPasswordAsync(Shopper shopper, string email, string returnUrl) =>
        await shopper.SubmitAsync(await shopper.GetAsync($"/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}"), SignInForm, ("email", email), ("password", Password));

    /// <summary>The page that asks for a code, after the right password.</summary>
    private static async Task<WebPage> HalfSignInAsync(Shopper shopper, string email, string returnUrl = "/")
    {
        var asked = await shopper.FollowAsync(await SubmitPasswordAsync(shopper, email, returnUrl));
        Assert.Equal((HttpStatusCode.OK, "/sign-in/code"), (asked.Status, asked.Address.AbsolutePath));
        return asked;
    }

    private static async Task SignOutAsync(Shopper shopper) =>
        await shopper.SubmitAsync(await shopper.GetAsync("/sign-out"), "main form[action='/sign-out']");

    private static string KeyOn(WebPage page) => page.Document.QuerySelector(".authenticator-key")!.TextContent.Replace(" ", "", StringComparison.Ordinal);

    private static List<string> CodesOn(WebPage page) => [.. page.Document.QuerySelectorAll(".recovery-codes code").Select(code => code.TextContent)];

    private static string Spaced(string code) => $" {code[..3]} {code[3..]}";

    /// <summary>None that the app shows about now.</summary>
    private string Wrong(int number = 0, AuthenticatorApp? app = null)
    {
        var right = Enumerable.Range(-5, 11).Select(step => (app ?? _app).Code(step)).ToHashSet();
        return Enumerable.Range(0, 100).Select(i => (i * 7919 + 13).ToString("D6", System.Globalization.CultureInfo.InvariantCulture)).Where(code => !right.Contains(code)).ElementAt(number);
    }

    private Task<string> StampAsync(string email) =>
        ScalarAsync<string>("SELECT security_stamp FROM account.user WHERE normalized_email = upper(@email)", new { email })!;

    private Task SentAsync(string kind) =>
        UntilAsync("SELECT EXISTS (SELECT FROM store.outbox_message WHERE kind = @kind AND sent_at IS NOT NULL)", new { kind });
}
