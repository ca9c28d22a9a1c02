using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Mails;
using Xunit;

namespace PurchaseLimits.Tests.Web.Mails;

/// <summary>Where Development names no mail server, mails are read at /dev/mail.</summary>
public sealed class DevelopmentMailboxTests(PostgresServer server) : StoreWebTest(server)
{
    [Fact]
    public async Task What_happens_to_a_customers_money_is_a_mail_that_links_to_it()
    {
        await AddProductsAsync(60.00m, 600.00m);
        await AddSignInsAsync(10, 10);
        var store = NewStore();
        var bought = await RequestAsync(10);
        await store.PlacePurchaseAsync(bought, Cancelled);
        await store.PlacePurchaseAsync(await RequestAsync(10, productId: 2), Cancelled);
        await store.ChangeLimitAsync(new LimitChangeRequest(10, Guid.NewGuid(), 500, 50, "Chargeback", "admin 1"), Cancelled);
        await SentAsync(3);

        using var reader = Web.NewShopper();
        var list = await reader.GetAsync("/dev/mail");

        Assert.Equal(HttpStatusCode.OK, list.Status);
        Assert.Equal(
            ["Purchase is confirmed: $60.00, $440.00 left", "Purchase is refused: over your limit by $160.00", "Your limit is now $50.00: over by $10.00"],
            list.Document.QuerySelectorAll("td:first-child").Select(cell => System.Text.RegularExpressions.Regex.Replace(WebPage.Fold(cell.TextContent), "^Purchase [0-9]+", "Purchase")).Order());
        var link = list.Document.QuerySelectorAll("td a").Single(a => a.TextContent.Contains("confirmed", StringComparison.Ordinal)).GetAttribute("href")!;
        var mail = await reader.GetAsync(link);
        Assert.Contains("1 × Product 1: $60.00", mail.Text, StringComparison.Ordinal);
        Assert.Contains($"{Web.Address.AbsoluteUri}purchases/{bought.PurchaseId}", mail.Text, StringComparison.Ordinal);

        var html = await reader.GetAsync($"{link}/html");
        Assert.Equal("text/html", html.Response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("sandbox", Assert.Single(html.Response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Contains("Hello Customer 10", html.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("style", html.Document.DocumentElement.OuterHtml, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/mail/10/event%2099")]
    [InlineData("/dev/mail/x/event%201")]
    [InlineData("/dev/mail/10/event%2099/html")]
    public async Task A_mail_that_was_not_sent_is_a_404(string path)
    {
        using var reader = Web.NewShopper();
        Assert.Equal(HttpStatusCode.NotFound, (await reader.GetAsync(path)).Status);
    }

    [Fact]
    public async Task Beside_a_mail_server_there_is_no_such_page()
    {
        await using var smtp = new SmtpServer();
        await using var web = new WebStore(ConnectionString, new Dictionary<string, string>
        {
            ["Mail:SmtpHost"] = "127.0.0.1",
            ["Mail:SmtpPort"] = $"{smtp.Port}",
        });
        using var reader = web.NewShopper();

        Assert.Equal(HttpStatusCode.NotFound, (await reader.GetAsync("/dev/mail")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await reader.GetAsync("/dev/mail/10/event%201")).Status);
    }

    [Fact]
    public void Outside_Development_there_is_no_such_page() => Assert.False(DevelopmentMailbox.IsOpen(
        new Microsoft.Extensions.Hosting.Internal.HostingEnvironment { EnvironmentName = "Production" },
        Microsoft.Extensions.Options.Options.Create(new MailOptions())));

    private Task SentAsync(int count) => Eventually.TrueAsync(
        async () => await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message WHERE sent_at IS NOT NULL") == count, $"{count} mails are sent");
}
