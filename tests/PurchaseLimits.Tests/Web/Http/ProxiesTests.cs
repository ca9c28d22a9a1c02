using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Http;

/// <summary>Over real HTTP: what a known proxy says about who asks counts; from anybody else it changes nothing.</summary>
public sealed class ProxiesTests(PostgresServer server) : StoreTest(server)
{
    private const string SeenFrom = "Seen-From";

    [Theory]
    [InlineData(null)]
    [InlineData("10.9.9.9, 192.168.0.0/16")]
    public async Task From_an_unknown_address_it_changes_nothing(string? known)
    {
        await using var web = NewWeb(known);

        using var answer = await AskAsync(web, "https", "evil.example", "203.0.113.9");

        Assert.Equal(HttpStatusCode.TemporaryRedirect, answer.StatusCode);
        Assert.Equal("https://127.0.0.1/sign-in", answer.Headers.Location?.ToString());
        Assert.Equal("127.0.0.1", Assert.Single(answer.Headers.GetValues(SeenFrom)));
    }

    [Fact]
    public async Task From_a_known_one_it_counts_as_far_as_the_known_ones_reach()
    {
        await using var web = NewWeb("127.0.0.0/8, 203.0.113.9", hops: 2);

        // Whoever asks may have begun the list; what the proxies added is its end.
        using var answer = await AskAsync(web, "https", "store.example", "6.6.6.6, 198.51.100.1, 203.0.113.9");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("198.51.100.1", Assert.Single(answer.Headers.GetValues(SeenFrom)));
        Assert.All(answer.Headers.GetValues("Set-Cookie"), cookie => Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase));

        using var plain = await AskAsync(web, "http", "store.example", "198.51.100.1");
        Assert.Equal("https://store.example/sign-in", plain.Headers.Location?.ToString());
    }

    [Fact]
    public async Task No_more_hops_than_there_are_proxies_and_no_other_host_than_the_stores()
    {
        await using var web = NewWeb("127.0.0.1", hops: 1, hosts: "127.0.0.1;store.example");

        using var answer = await AskAsync(web, "https", "store.example", "6.6.6.6, 198.51.100.1");
        Assert.Equal("198.51.100.1", Assert.Single(answer.Headers.GetValues(SeenFrom)));
        using var other = await AskAsync(web, "http", "evil.example", "198.51.100.1");
        Assert.Equal("https://127.0.0.1/sign-in", other.Headers.Location?.ToString());
    }

    private WebStore NewWeb(string? known, int hops = 1, string hosts = "*")
    {
        var settings = new Dictionary<string, string>
        {
            ["environment"] = "Production",
            ["Workers:Enabled"] = "false",
            ["https_port"] = "443",
            ["Proxies:HopLimit"] = $"{hops}",
            ["AllowedHosts"] = hosts,
        };
        if (known is not null)
            settings["Proxies:Known"] = known;
        return new WebStore(ConnectionString, settings, services => services.AddSingleton<IStartupFilter, Look>());
    }

    private static async Task<HttpResponseMessage> AskAsync(WebStore web, string scheme, string host, string from)
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = web.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sign-in");
        request.Headers.Add("X-Forwarded-Proto", scheme);
        request.Headers.Add("X-Forwarded-Host", host);
        request.Headers.Add("X-Forwarded-For", from);
        return await client.SendAsync(request, Cancelled);
    }

    /// <summary>Says in each answer whom the store took its visitor for.</summary>
    private sealed class Look : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                context.Response.OnStarting(() =>
                {
                    context.Response.Headers[SeenFrom] = $"{context.Connection.RemoteIpAddress}";
                    return Task.CompletedTask;
                });
                return following(context);
            });
            next(app);
        };
    }
}
