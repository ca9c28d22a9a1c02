using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Web;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web.Http;
using Xunit;

namespace PurchaseLimits.Tests.Web.Operating;

/// <summary>
/// What a process in Production writes while people register, mistype, buy, are refused, forget their password and meet an error:
/// JSON, and nothing that says who they are or could be used by somebody else, however much the settings ask for.
/// </summary>
public sealed partial class LogTests(PostgresServer server) : PurchaseWebTest(server)
{
    private const string Name = "Zebedee Quux";
    private const string Email = "zebedee.quux@visitor.example";
    private const string Mistyped = "plugh battery staple";
    private const string New = "frobnicate horse staple";
    private static readonly IPAddress s_from = IPAddress.Parse("127.0.0.2");

    protected override bool StartsWeb => false;

    [Fact]
    public async Task It_is_JSON_with_the_requests_id_and_names_nobody()
    {
        await using var mails = new SmtpServer();
        await using var web = new WebProcess(ConnectionString, new Dictionary<string, string>
        {
            ["environment"] = "Production",
            ["Mail:SmtpHost"] = "127.0.0.1",
            ["Mail:SmtpPort"] = $"{mails.Port}",
            ["Mail:SmtpSecurity"] = "None",
            ["Mail:From"] = "The store <store@store.example>",
            ["Mail:PublicUrl"] = "https://store.example",
            ["Workers:PollInterval"] = "00:00:00.1",
            ["Logging:LogLevel:Default"] = "Debug",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
            ["Logging:Console:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Information",
            ["Logging:Console:LogLevel:Default"] = "Debug",
        }, tls: true);
        await web.StartAsync();
        using var shopper = new Shopper(web.Address, s_from);
        // It is nobody's proxy: mails' links are the store's all the same.
        shopper.Headers.Add("X-Forwarded-Host", "evil.example");

        await RegisterAsync(shopper, Name, Email, Password);
        using var again = new Shopper(web.Address, s_from);
        await RegisterAsync(again, Name, Email, Password);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SignInAsync(shopper, Mistyped)).Status);
        Assert.Equal(HttpStatusCode.Redirect, (await SignInAsync(shopper, Password)).Status);
        await PutIntoCartAsync(shopper, 1, "1");
        await OrderAsync(shopper);
        await OrderTooMuchAsync(shopper);
        await shopper.SubmitAsync(await shopper.GetAsync("/account"), "main form[action='/account?handler=Password']", ("current", Mistyped), ("password", New));

        mails.Answer = _ => SmtpAnswer.RefuseForNow;
        using var forgetful = new Shopper(web.Address, s_from);
        forgetful.Headers.Add("X-Forwarded-Host", "evil.example");
        await forgetful.SubmitAsync(await forgetful.GetAsync("/forgot-password"), "main form[action='/forgot-password']", ("email", Email));
        await UntilAsync("SELECT EXISTS (SELECT FROM store.outbox_message WHERE kind = 'password_reset' AND last_error IS NOT NULL)");
        mails.Answer = _ => SmtpAnswer.Accept;
        await ExecuteAsync("UPDATE store.outbox_message SET next_attempt_at = clock_timestamp() WHERE sent_at IS NULL");
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM store.outbox_message WHERE sent_at IS NULL)");
        var link = mails.Accepted.SelectMany(mail => Link().Matches(mail.TextBody ?? "").Select(match => new Uri(match.Value)))
            .Single(link => link.AbsolutePath == "/reset-password");
        var token = HttpUtility.ParseQueryString(link.Query)["token"]!;
        await forgetful.SubmitAsync(await forgetful.GetAsync(link.PathAndQuery), "main form[action='/reset-password']", ("password", New));
        Assert.Equal(HttpStatusCode.Redirect, (await SignInAsync(forgetful, New)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await forgetful.GetAsync($"/reset-password?user=%00&token={Uri.EscapeDataString(token)}")).Status);

        // The database refuses a row, and says which: with somebody's e-mail and password hash in it.
        await ExecuteAsync("ALTER TABLE account.user ADD CONSTRAINT user_nobody_more CHECK (email = '') NOT VALID");
        using var stranger = new Shopper(web.Address, s_from);
        var failed = await RegisterAsync(stranger, Name, $"second.{Email}", Password);
        Assert.Equal(HttpStatusCode.InternalServerError, failed.Status);
        var id = Assert.Single(failed.Response.Headers.GetValues(RequestIds.Header));

        await web.TerminateAsync();
        Assert.Equal(0, await web.ExitCodeAsync());
        var lines = web.Output.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.All(lines, line => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", line.GetProperty("Timestamp").GetString()));
        var texts = lines.SelectMany(Texts).ToList();
        foreach (var secret in new[] { Name, Email, Password, Mistyped, New, token, link.Query, s_from.ToString(), "evil.example" })
            Assert.DoesNotContain(texts, text => text.Contains(secret, StringComparison.OrdinalIgnoreCase));

        // And what an operator needs is there: the refusals, the error, and which request it was.
        Assert.Contains(texts, text => text.Contains("A sign-in was refused", StringComparison.Ordinal));
        Assert.Contains(texts, text => text.Contains("user_nobody_more", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.GetProperty("LogLevel").GetString() == "Critical"
            && line.GetProperty("Scopes").EnumerateArray().Any(scope => scope.ValueKind == JsonValueKind.Object
                && scope.TryGetProperty(RequestIds.Scope, out var requestId) && requestId.GetString() == id
                && scope.GetProperty("Message").GetString() == $"Request:{id}"));
    }

    private static async Task<WebPage> RegisterAsync(Shopper shopper, string name, string email, string password) =>
        await shopper.SubmitAsync(await shopper.GetAsync("/register"), "form[action='/register']", ("name", name), ("email", email), ("password", password));

    private static async Task<WebPage> SignInAsync(Shopper shopper, string password)
    {
        var home = await shopper.GetAsync("/");
        if (home.Document.QuerySelector("form[action='/sign-out']") is not null)
            await shopper.SubmitAsync(home, "form[action='/sign-out']");
        return await shopper.SubmitAsync(await shopper.GetAsync("/sign-in"), "form[action='/sign-in']", ("email", Email), ("password", password));
    }

    /// <summary>Every name and text of it, as it was before it became JSON, and as it stands in addresses.</summary>
    private static IEnumerable<string> Texts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Texts(property.Value).Append(property.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
        JsonValueKind.String => [element.GetString()!, Uri.UnescapeDataString(element.GetString()!)],
        _ => [],
    };

    [GeneratedRegex(@"https://store\.example\S+")]
    private static partial Regex Link();
}
