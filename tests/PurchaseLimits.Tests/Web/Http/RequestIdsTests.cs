using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web.Http;
using Xunit;

namespace PurchaseLimits.Tests.Web.Http;

/// <summary>Every answer has an id of its own; a page about a failure shows it. That the log has it too is <c>LogTests</c>' matter.</summary>
public sealed class RequestIdsTests(PostgresServer server) : StoreWebTest(server)
{
    private const string Given = "given-by-4bf92f3577b34da6";
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    protected override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Workers:Enabled"] = "false" };

    [Fact]
    public async Task Every_answer_has_one_of_its_own_whatever_a_visitor_sends()
    {
        using var visitor = Web.NewShopper();
        visitor.Headers.Add(RequestIds.Header, Given);
        visitor.Headers.Add("traceparent", $"00-{TraceId}-00f067aa0ba902b7-01");

        var ids = new List<string>();
        foreach (var path in new[] { "/", "/", "/nothing/here", "/status/503", "/health/live", "/site.css" })
            ids.Add(IdOf(await visitor.GetAsync(path)));

        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{32}$", id));
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.DoesNotContain(TraceId, ids);
    }

    [Fact]
    public async Task A_known_proxy_may_give_one_that_is_well_formed()
    {
        await using var web = new WebStore(ConnectionString, new Dictionary<string, string>(Settings) { ["Proxies:Known"] = "127.0.0.1" });
        using var visitor = web.NewShopper();
        Assert.Equal(Given, IdOf(await AskAsync(Given)));
        foreach (var odd in new[] { "short", new string('x', 65), "with space", "<script>alert(1)</script>" })
            Assert.Matches("^[0-9a-f]{32}$", IdOf(await AskAsync(odd)));

        Task<WebPage> AskAsync(string id)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/health/live");
            request.Headers.TryAddWithoutValidation(RequestIds.Header, id);
            return visitor.SendAsync(request);
        }
    }

    [Fact]
    public async Task Pages_about_a_failure_show_it_and_others_do_not()
    {
        using var visitor = Web.NewShopper();
        Assert.DoesNotContain("name this request", (await visitor.GetAsync("/sign-in")).Text, StringComparison.Ordinal);
        foreach (var path in new[] { "/status/503", "/status/429" })
            AssertNamed(await visitor.GetAsync(path));

        await ExecuteAsync("ALTER TABLE store.category RENAME TO no_category");
        var failed = await visitor.GetAsync("/");
        Assert.Equal(HttpStatusCode.InternalServerError, failed.Status);
        AssertNamed(failed);

        static void AssertNamed(WebPage page) =>
            Assert.Contains($"If you write to us about it, please name this request: {IdOf(page)}", page.Text, StringComparison.Ordinal);
    }

    private static string IdOf(WebPage page) => Assert.Single(page.Response.Headers.GetValues(RequestIds.Header));
}
