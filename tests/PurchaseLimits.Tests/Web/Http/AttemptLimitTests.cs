using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web.Http;
using Xunit;

namespace PurchaseLimits.Tests.Web.Http;

/// <summary>One address may try so often, and no more, and nobody else is held up by it.</summary>
public sealed class AttemptLimitTests(PostgresServer server) : StoreWebTest(server)
{
    private const int PerMinute = 8;

    protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Accounts:AttemptsPerMinute"] = $"{PerMinute}" };

    [Fact]
    public async Task An_address_tries_so_many_accounts_and_is_told_to_wait_while_others_sign_in()
    {
        await AddSignInsAsync(1, 20);
        using var guesser = new Shopper(Web.Address, IPAddress.Parse("127.0.0.2"));
        var page = await guesser.GetAsync("/sign-in");

        // One guess for each account locks none of them.
        var answers = await Task.WhenAll(Enumerable.Range(1, 20).Select(n => guesser.SubmitAsync(
            page, "form[action='/sign-in']", ("email", $"customer{n}@example.com"), ("password", "the most common one"))));

        Assert.Equal(PerMinute, answers.Count(answer => answer.Status == HttpStatusCode.UnprocessableEntity));
        var turnedAway = answers.Where(answer => answer.Status == HttpStatusCode.TooManyRequests).ToList();
        Assert.Equal(20 - PerMinute, turnedAway.Count);
        Assert.All(turnedAway, answer => Assert.InRange(answer.Response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60));
        Assert.All(turnedAway, answer => Assert.Contains("Please wait a minute and try again.", answer.Text, StringComparison.Ordinal));
        Assert.Equal(PerMinute, await ScalarAsync<long>("SELECT sum(failed_sign_in_count) FROM account.user"));
        // It is one number for all the forms, and looking is free.
        var other = await guesser.SubmitAsync(await guesser.GetAsync("/forgot-password"), "main form", ("email", "customer1@example.com"));
        Assert.Equal(HttpStatusCode.TooManyRequests, other.Status);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message"));

        using var shopper = await SignedInAsync("customer1@example.com");
        Assert.Equal(HttpStatusCode.OK, (await shopper.GetAsync("/allowance")).Status);
    }

    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9")]
    [InlineData("::ffff:203.0.113.9", "203.0.113.9")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData(null, "0.0.0.0")]
    public void Of_IPv6_a_network_is_one(string? address, string origin) =>
        Assert.Equal(IPAddress.Parse(origin), AttemptLimit.Origin(address is null ? null : IPAddress.Parse(address)));
}
