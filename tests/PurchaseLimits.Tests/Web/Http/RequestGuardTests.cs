using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web.Http;
using Xunit;

namespace PurchaseLimits.Tests.Web.Http;

/// <summary>Nothing that somebody sends is a 5xx.</summary>
public sealed class RequestGuardTests(PostgresServer server) : StoreWebTest(server)
{
    [Theory]
    [InlineData("plain", true)]
    [InlineData("two\r\nlines\tand a tab", true)]
    [InlineData("Zoë 🙂 日本 שלום", true)]
    [InlineData("a\0b", false)]
    [InlineData("a\u001Bb", false)]
    [InlineData("a\u0085b", false)]
    [InlineData("a\u200Fb", false)]
    [InlineData("a\u061Cb", false)]
    [InlineData("a\u202Eb", false)]
    [InlineData("a\u2066b", false)]
    [InlineData("a\uD800", false)]
    [InlineData("\uDC00a", false)]
    public void Text_is_readable_or_it_is_not(string text, bool readable) => Assert.Equal(readable, RequestGuard.IsReadable(text));

    [Fact]
    public async Task A_method_or_a_handler_that_a_page_lacks_is_a_405()
    {
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        var token = (await shopper.GetAsync("/products/1")).Document.QuerySelector("main input[name='__RequestVerificationToken']")!.GetAttribute("value")!;

        foreach (var path in new[] { "/", "/cart", "/cart?handler=Nope", "/purchases", "/allowance", "/category/things" })
        {
            var answer = await shopper.SendAsync(new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new FormUrlEncodedContent([KeyValuePair.Create("__RequestVerificationToken", token)]),
            });
            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
            Assert.NotEmpty(answer.Text);
        }

        foreach (var path in new[] { "/", "/cart", "/products/1", "/checkout" })
            Assert.InRange((int)(await shopper.SendAsync(new HttpRequestMessage(HttpMethod.Trace, path))).Status, 400, 499);
        Assert.Equal(HttpStatusCode.OK, (await shopper.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"))).Status);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded; charset=utf-7")]
    [InlineData("application/x-www-form-urlencoded; charset=nonsense")]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json")]
    public async Task A_body_that_is_no_form_of_ours_is_refused(string contentType)
    {
        using var visitor = Web.NewShopper();
        var content = new ByteArrayContent("email=a&password=b"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        var answer = await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/sign-in") { Content = content });

        Assert.InRange((int)answer.Status, 400, 499);
        Assert.NotEmpty(answer.Text);
    }

    [Fact]
    public async Task A_return_address_that_no_header_can_hold_leads_home()
    {
        await AddSignInsAsync(10, 10);
        using var shopper = Web.NewShopper();
        var page = await shopper.GetAsync("/sign-in?returnUrl=/%C3%A9");

        var answer = await shopper.SubmitAsync(page, "form[action='/sign-in']", ("email", "customer10@example.com"), ("password", Password));

        Assert.Equal("/", answer.Response.Headers.Location?.ToString());
        Assert.Equal("/", (await shopper.GetAsync("/sign-in?returnUrl=/%C3%A9")).Response.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_database_that_goes_away_is_a_503_with_a_page_and_comes_back_by_itself()
    {
        await AddProductsAsync(20.00m);
        using var visitor = Web.NewShopper();
        await visitor.GetAsync("/");
        await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'store_web'");

        var away = await visitor.GetAsync("/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.Status);
        Assert.NotEmpty(away.Text);
        for (var tries = 0; (await visitor.GetAsync("/")).Status != HttpStatusCode.OK; tries++)
            Assert.InRange(tries, 0, 10);
    }
}
