using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Operating;

/// <summary>Two web processes, started at once on a database that no process ever saw, and one customer at both.</summary>
public sealed class TwoProcessesTests(PostgresServer server) : PurchaseWebTest(server)
{
    private const int Purchases = 30;

    protected override bool StartsWeb => false;

    [Fact]
    public async Task They_are_one_store()
    {
        await using var mails = new SmtpServer();
        var settings = new Dictionary<string, string>
        {
            ["Mail:SmtpHost"] = "127.0.0.1",
            ["Mail:SmtpPort"] = $"{mails.Port}",
            ["Mail:SmtpSecurity"] = "None",
            ["Mail:From"] = "The store <store@store.example>",
            ["Mail:PublicUrl"] = "https://store.example",
            ["Workers:PollInterval"] = "00:00:00.1",
        };
        await using var first = new WebProcess(ConnectionString, settings);
        await using var second = new WebProcess(ConnectionString, settings);
        first.Begin();
        second.Begin();
        await Task.WhenAll(first.AnswersAsync(), second.AnswersAsync());
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM account.data_protection_key"));

        // Signed in at one is signed in at the other, and so it is the other way round.
        using var shopper = new Shopper(first.Address);
        await shopper.SignInAsync("customer10@example.com");
        Assert.Equal(HttpStatusCode.OK, (await shopper.GetAsync($"{second.Address}allowance")).Status);
        using var back = new Shopper(second.Address);
        await back.SignInAsync("customer11@example.com");
        Assert.Equal(HttpStatusCode.OK, (await back.GetAsync($"{first.Address}allowance")).Status);

        // A page of one is taken by the other; sent to both at once it is one purchase with one receipt.
        await PutIntoCartAsync(shopper, 1, "1");
        var checkout = await shopper.GetAsync("/checkout");
        var twice = await Task.WhenAll(SendAsync(first), SendAsync(second));
        Assert.All(twice, answer => Assert.Equal(HttpStatusCode.SeeOther, answer.Status));
        var path = Assert.Single(twice.Select(answer => answer.Response.Headers.Location!.ToString()).Distinct());
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.purchase"));
        Assert.Equal((await shopper.GetAsync(first.Address + path[1..])).Text, (await shopper.GetAsync(second.Address + path[1..])).Text);

        // $20.00 are bought; of 30 times $20.00 at both at once 24 still fit.
        var answers = await Task.WhenAll(Enumerable.Range(0, Purchases)
            .Select(i => SendAsync(i % 2 == 0 ? first : second, ("purchase_id", Guid.CreateVersion7().ToString()))));
        Assert.Equal(24, answers.Count(answer => answer.Status == HttpStatusCode.SeeOther));
        Assert.Equal(6, answers.Count(answer => answer.Status == HttpStatusCode.UnprocessableEntity));
        Assert.Equal(500.00m, await BoughtAsync(10));

        // The workers of both send: each mail once.
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM store.outbox_message WHERE sent_at IS NULL)");
        Assert.Equal(await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message"), mails.Accepted.Count);
        Assert.Equal(mails.Accepted.Count, mails.Accepted.Select(mail => mail.MessageId).Distinct().Count());
        Assert.Equal(1, await ScalarAsync<long>("SELECT max(attempt_count) FROM store.outbox_message"));

        Task<WebPage> SendAsync(WebProcess web, params (string, string?)[] changes)
        {
            var request = Shopper.Request(checkout, OrderForm, changes);
            request.RequestUri = new Uri(web.Address, request.RequestUri!);
            return shopper.SendAsync(request);
        }
    }
}
