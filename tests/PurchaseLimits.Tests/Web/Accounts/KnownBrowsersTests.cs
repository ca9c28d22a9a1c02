using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Accounts;

/// <summary>A mail on a sign-in with a browser that the account does not know.</summary>
public sealed class KnownBrowsersTests(PostgresServer server) : StoreWebTest(server)
{
    private const string Customer = "customer10@example.com";
    private const string Cookie = "store-browser";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddSignInsAsync(10, 11);
        await AddAdminAsync();
    }

    [Fact]
    public async Task A_browser_that_has_not_signed_in_before_is_told_of_once()
    {
        using var known = await SignedInAsync(Customer);
        Assert.Equal(0, await MailsAsync()); // nothing to tell it apart from
        await AgainAsync(known, Customer);
        Assert.Equal(0, await MailsAsync());

        using var other = await SignedInAsync(Customer);
        Assert.Equal(1, await MailsAsync());
        await AgainAsync(other, Customer);
        await AgainAsync(known, Customer);
        Assert.Equal(1, await MailsAsync());

        await UntilAsync("SELECT EXISTS (SELECT FROM store.outbox_message WHERE kind = 'new_sign_in' AND sent_at IS NOT NULL)");
        var key = await ScalarAsync<string>("SELECT message_key FROM store.outbox_message WHERE kind = 'new_sign_in'");
        var mail = await known.GetAsync($"/dev/mail/10/{Uri.EscapeDataString(key!)}/html");
        Assert.Contains("with a browser that had not signed in to it before", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_one_account_knows_another_does_not()
    {
        using var known = await SignedInAsync("customer11@example.com");
        using var browser = await SignedInAsync(Customer);
        await AgainAsync(browser, "customer11@example.com");
        Assert.Equal(["11"], await QueryAsync<string>("SELECT customer_id::text FROM store.outbox_message WHERE kind = 'new_sign_in'"));
    }

    [Fact]
    public async Task Who_registers_is_known_with_that_browser()
    {
        using var shopper = Web.NewShopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/register"), "form[action='/register']",
            ("name", "Ada"), ("email", "ada@example.com"), ("password", Password));
        await AgainAsync(shopper, "ada@example.com");
        Assert.Equal(0, await MailsAsync());
        using var other = await SignedInAsync("ada@example.com");
        Assert.Equal(1, await MailsAsync());
    }

    [Fact]
    public async Task An_admins_new_browser_is_in_the_audit()
    {
        using var known = await SignedInAsync("admin@example.com");
        using var other = await SignedInAsync("admin@example.com");
        Assert.Equal(["account_new_sign_in"], await QueryAsync<string>("SELECT kind FROM store.audit_entry"));
        Assert.Contains("Signed in with a new browser", (await other.GetAsync("/admin/audit")).Text, StringComparison.Ordinal);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message"));
    }

    [Fact]
    public async Task A_wrong_password_makes_no_browser_known()
    {
        using var known = await SignedInAsync(Customer);
        using var guesser = Web.NewShopper();
        await guesser.SubmitAsync(await guesser.GetAsync("/sign-in"), "form[action='/sign-in']", ("email", Customer), ("password", "not this one"));
        Assert.Null(guesser.Cookies.GetCookies(Web.Address)[Cookie]);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM account.known_browser"));
        Assert.Equal(0, await MailsAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcdef00")]
    public async Task A_cookie_that_is_none_of_ours_is_replaced(string value)
    {
        using var known = await SignedInAsync(Customer);
        using var browser = Web.NewShopper();
        browser.Cookies.Add(Web.Address, new System.Net.Cookie(Cookie, value));
        await browser.SignInAsync(Customer);
        Assert.Matches("^[0-9a-f]{32}$", browser.Cookies.GetCookies(Web.Address)[Cookie]!.Value);
        Assert.Equal(1, await MailsAsync());
        // Nobody who reads the database can pass for that browser.
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM account.known_browser WHERE browser_hash::text LIKE '%' || @value || '%'",
            new { value = browser.Cookies.GetCookies(Web.Address)[Cookie]!.Value }));
    }

    [Fact]
    public async Task Ten_sign_ins_of_one_new_browser_at_once_are_one_mail_and_an_account_keeps_its_last_hundred()
    {
        using var known = await SignedInAsync(Customer);
        var user = await ScalarAsync<long>("SELECT user_id FROM account.user WHERE customer_id = 10");
        var web = Own(new PurchaseLimits.Web.StoreDataSources(ConnectionString("store_web"), ConnectionString("store_admin"), ConnectionString("store_worker"))).Pages;
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            await using var connection = await web.OpenConnectionAsync(Cancelled);
            await using var note = new Npgsql.NpgsqlCommand(
                $"SELECT account.note_browser({user}, decode(repeat('ab', 32), 'hex'), 'new_sign_in {i}')", connection);
            await note.ExecuteNonQueryAsync(Cancelled);
        }));
        Assert.Equal(1, await MailsAsync());

        await ExecuteAsync("SELECT account.note_browser(@user, sha256(i::text::bytea), 'new_sign_in x' || i) FROM generate_series(1, 120) i", new { user });
        Assert.Equal(100, await ScalarAsync<long>("SELECT count(*) FROM account.known_browser"));
    }

    private Task<long> MailsAsync() => ScalarAsync<long>("SELECT count(*) FROM store.outbox_message WHERE kind = 'new_sign_in'");

    private static async Task AgainAsync(Shopper shopper, string email)
    {
        await shopper.SubmitAsync(await shopper.GetAsync("/sign-out"), "main form[action='/sign-out']");
        await shopper.SignInAsync(email);
    }
}
