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
        await store.ChangeLimitAsync(new LimitChangeRequest(10, Guid.NewGuid(), LimitWindow.Lifetime, null, 50, null, null, "Chargeback", "admin 1"));
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

    [Fact]
    public async Task A_purchase_that_waits_is_asked_for_comes_back_and_ends_writes_a_mail_each_time()
    {
        await AddProductsAsync(60.00m, 600.00m);
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (3, 1, 'Chair', '', 'mug')");
        await ExecuteAsync("UPDATE store.store_setting SET notice_percents = '{}'"); // those are another test's
        await AddSignInsAsync(10, 10);
        var store = NewStore();
        var held = await RequestAsync(10) with { ShownTotal = 80.00m, Lines = [new(1, 1), new(3, 1, AtMost: 20.00m)] };
        await store.PlacePurchaseAsync(held, Cancelled);
        await store.CancelPurchaseAsync(10, held.PurchaseId);
        var asked = await RequestAsync(10, productId: 2);
        await store.PlacePurchaseAsync(asked, Cancelled);
        await store.AskApprovalAsync(10, asked.PurchaseId, "For the office");
        await store.ApprovePurchaseAsync(new ApproveRequest(10, asked.PurchaseId, 1000m, Guid.NewGuid(), "Fine", "admin 1"));
        await store.RefundPurchaseAsync(new RefundRequest(10, asked.PurchaseId, Guid.NewGuid(), 150.00m, [], "A scratch", "admin 1"));
        await SentAsync(6);

        using var reader = Web.NewShopper();
        var list = await reader.GetAsync("/dev/mail");

        var numbers = await QueryAsync<long>("SELECT purchase_number FROM store.purchase ORDER BY purchase_number");
        Assert.Equal(
            [
                $"Purchase {numbers[0]} is cancelled: $500.00 left",
                $"Purchase {numbers[0]} waits for a price: $80.00 held, $420.00 left",
                $"Purchase {numbers[1]} is approved and confirmed: $600.00",
                $"Purchase {numbers[1]} is partly refunded: $150.00, $50.00 left",
                $"Purchase {numbers[1]} is refused: over your limit by $100.00",
                $"Purchase {numbers[1]} waits for an admin: over your limit by $100.00",
            ],
            list.Document.QuerySelectorAll("td:first-child").Select(cell => WebPage.Fold(cell.TextContent)).Order(StringComparer.Ordinal));
        var waits = list.Document.QuerySelectorAll("td a").Single(a => a.TextContent.Contains("price", StringComparison.Ordinal));
        Assert.Contains("1 × Chair: price on request, at most $20.00", (await reader.GetAsync(waits.GetAttribute("href")!)).Text, StringComparison.Ordinal);
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

    private Task SentAsync(int count) =>
        UntilAsync("SELECT count(*) = @count FROM store.outbox_message WHERE sent_at IS NOT NULL", new { count });
}
