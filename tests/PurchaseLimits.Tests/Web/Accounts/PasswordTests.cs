using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Accounts;

/// <summary>A new password by mail, a changed one, and an e-mail that is confirmed: over HTTP, with the mails that are sent.</summary>
public sealed class PasswordTests(PostgresServer server) : StoreWebTest(server)
{
    private const string New = "another long password";
    private const string ForgotForm = "main form[action='/forgot-password']";
    private const string ResetForm = "main form[action='/reset-password']";
    private const string PasswordForm = "main form[action='/account?handler=Password']";

    [Fact]
    public async Task A_forgotten_password_is_replaced_by_mail_and_the_link_works_once()
    {
        await AddSignInsAsync(10, 10);
        using var elsewhere = await SignedInAsync("customer10@example.com");
        using var shopper = Web.NewShopper();
        await AskAsync(shopper, "Customer10@example.com");
        var link = await LinkAsync("password_reset");

        var page = await shopper.GetAsync(link);
        var changed = await shopper.SubmitAsync(page, ResetForm, ("password", New));

        Assert.Equal("/sign-in", changed.Response.Headers.Location?.ToString());
        Assert.Contains("Your password is changed", (await shopper.FollowAsync(changed)).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SignInAsync(Password)).Status);
        Assert.Equal(HttpStatusCode.Redirect, (await SignInAsync(New)).Status);
        Assert.NotEqual("stamp", await ScalarAsync<string>("SELECT security_stamp FROM account.user"));
        await SentAsync("password_changed");

        var again = await shopper.SubmitAsync(page, ResetForm, ("password", "a third long password"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, again.Status);
        Assert.Contains("This link does not work", again.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await shopper.GetAsync(link)).Status);
    }

    [Fact]
    public async Task One_link_sent_ten_times_at_once_sets_one_password()
    {
        await AddSignInsAsync(10, 10);
        using var shopper = Web.NewShopper();
        await AskAsync(shopper, "customer10@example.com");
        var page = await shopper.GetAsync(await LinkAsync("password_reset"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
            shopper.SubmitAsync(page, ResetForm, ("password", $"{New} {i}"))));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.SeeOther);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message WHERE kind = 'password_changed'"));
    }

    [Fact]
    public async Task Known_unknown_and_admins_e_mails_get_the_same_answer_and_one_mail_in_five_minutes()
    {
        await AddSignInsAsync(10, 10);
        await AddAdminAsync();

        var answers = new List<(HttpStatusCode, string?, string)>();
        foreach (var email in new[] { "customer10@example.com", "customer10@example.com", "nobody@example.com", "admin@example.com" })
        {
            using var shopper = Web.NewShopper();
            var answer = await AskAsync(shopper, email);
            answers.Add((answer.Status, answer.Response.Headers.Location?.ToString(), (await shopper.FollowAsync(answer)).Text));
        }

        Assert.Single(answers.Distinct());
        Assert.Equal(["10 password_reset"], await QueryAsync<string>("SELECT customer_id || ' ' || kind FROM store.outbox_message"));
        await ExecuteAsync("UPDATE store.outbox_message SET created_at = now() - interval '6 minutes'");
        using var later = Web.NewShopper();
        await AskAsync(later, "customer10@example.com");
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message"));
    }

    [Fact]
    public async Task Ten_requests_at_once_are_one_mail()
    {
        await AddSignInsAsync(10, 10);
        using var shopper = Web.NewShopper();
        var page = await shopper.GetAsync("/forgot-password");

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => shopper.SubmitAsync(page, ForgotForm, ("email", "customer10@example.com"))));

        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message"));
    }

    [Theory]
    [InlineData("/reset-password")]
    [InlineData("/reset-password?user=1&token=x")]
    [InlineData("/reset-password?user=99&token=CfDJ8")]
    [InlineData("/reset-password?user=abc&token=CfDJ8")]
    [InlineData("/confirm-email")]
    [InlineData("/confirm-email?user=1&token=%2B%2B")]
    public async Task A_link_that_is_none_of_ours_says_so(string link)
    {
        await AddSignInsAsync(10, 10);
        using var shopper = Web.NewShopper();

        var page = await shopper.GetAsync(link);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status);
        Assert.Contains("This link does not work", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_of_one_account_or_of_one_purpose_is_no_good_for_another()
    {
        await AddSignInsAsync(10, 11);
        using var shopper = Web.NewShopper();
        await AskAsync(shopper, "customer10@example.com");
        var link = await LinkAsync("password_reset");
        var page = await shopper.GetAsync(link);
        var other = await ScalarAsync<long>("SELECT user_id FROM account.user WHERE customer_id = 11");

        var stolen = await shopper.SubmitAsync(page, ResetForm, ("user", $"{other}"), ("password", New));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, stolen.Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity,
            (await shopper.GetAsync(link.Replace("/reset-password", "/confirm-email", StringComparison.Ordinal))).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await shopper.SubmitAsync(page, ResetForm, ("password", "short"))).Status);
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM account.user WHERE security_stamp = 'stamp'"));
    }

    [Fact]
    public async Task An_e_mail_is_confirmed_by_the_button_that_the_mail_leads_to()
    {
        using var shopper = Web.NewShopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/register"), "form[action='/register']",
            ("name", "Ada"), ("email", "ada@example.com"), ("password", Password));
        Assert.Contains("Not confirmed yet", (await shopper.GetAsync("/account")).Text, StringComparison.Ordinal);
        var link = await LinkAsync("email_confirmation");

        var page = await shopper.GetAsync(link);
        Assert.Equal(0, await ConfirmedAsync());
        var confirmed = await shopper.SubmitAsync(page, "main form[action='/confirm-email']");

        Assert.Contains("Confirmed.", (await shopper.FollowAsync(confirmed)).Text, StringComparison.Ordinal);
        Assert.Equal(1, await ConfirmedAsync());

        Task<long> ConfirmedAsync() => ScalarAsync<long>("SELECT count(*) FROM account.user WHERE email_confirmed_at IS NOT NULL");
    }

    [Fact]
    public async Task The_confirmation_is_sent_again_but_not_at_once()
    {
        using var shopper = Web.NewShopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/register"), "form[action='/register']",
            ("name", "Ada"), ("email", "ada@example.com"), ("password", Password));
        var page = await shopper.GetAsync("/account");
        const string form = "main form[action='/account?handler=SendAgain']";

        Assert.Contains("less than five minutes ago", (await shopper.FollowAsync(await shopper.SubmitAsync(page, form))).Text, StringComparison.Ordinal);
        await ExecuteAsync("UPDATE store.outbox_message SET created_at = now() - interval '6 minutes'");
        Assert.Contains("on its way", (await shopper.FollowAsync(await shopper.SubmitAsync(page, form))).Text, StringComparison.Ordinal);
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message WHERE kind = 'email_confirmation'"));
    }

    [Fact]
    public async Task A_password_is_changed_by_who_knows_it_and_this_browser_stays_signed_in()
    {
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        var page = await shopper.GetAsync("/account");

        var wrong = await shopper.SubmitAsync(page, PasswordForm, ("current", "not this one"), ("password", New));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.Status);
        Assert.Contains("This is not your current password", wrong.Text, StringComparison.Ordinal);

        var changed = await shopper.SubmitAsync(page, PasswordForm, ("current", Password), ("password", New));
        Assert.Contains("Your password is changed", (await shopper.FollowAsync(changed)).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await SignInAsync(New)).Status);
        await SentAsync("password_changed");
    }

    [Fact]
    public async Task Guesses_at_the_current_password_lock_the_account()
    {
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        var page = await shopper.GetAsync("/account");

        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 6; i++)
            answers.Add((await shopper.SubmitAsync(page, PasswordForm, ("current", $"guess {i}"), ("password", New))).Status);

        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
        Assert.Equal("stamp", await ScalarAsync<string>("SELECT security_stamp FROM account.user"));
    }

    private static async Task<WebPage> AskAsync(Shopper shopper, string email) =>
        await shopper.SubmitAsync(await shopper.GetAsync("/forgot-password"), ForgotForm, ("email", email));

    private async Task<WebPage> SignInAsync(string password)
    {
        using var shopper = Web.NewShopper();
        return await shopper.SubmitAsync(await shopper.GetAsync("/sign-in"), "form[action='/sign-in']",
            ("email", "customer10@example.com"), ("password", password));
    }

    private Task SentAsync(string kind) =>
        UntilAsync("SELECT EXISTS (SELECT FROM store.outbox_message WHERE kind = @kind AND sent_at IS NOT NULL)", new { kind });

    /// <summary>The path that the newest mail of a kind links to, as its reader has it.</summary>
    private async Task<string> LinkAsync(string kind)
    {
        await SentAsync(kind);
        var (customerId, messageKey) = (await QueryAsync<(long, string)>(
            "SELECT customer_id, message_key FROM store.outbox_message WHERE kind = @kind ORDER BY created_at DESC LIMIT 1", new { kind })).Single();
        using var reader = Web.NewShopper();
        var mail = await reader.GetAsync($"/dev/mail/{customerId}/{Uri.EscapeDataString(messageKey)}/html");
        return new Uri(mail.Document.QuerySelector("a")!.GetAttribute("href")!).PathAndQuery;
    }
}
