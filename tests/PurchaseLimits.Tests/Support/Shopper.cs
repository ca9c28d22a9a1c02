using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Xunit;

namespace PurchaseLimits.Tests.Support;

/// <summary>A page as it came: its status and what is on it.</summary>
public sealed record WebPage(HttpStatusCode Status, Uri Address, HttpResponseMessage Response, IHtmlDocument Document)
{
    /// <summary>What a reader sees of the page's main part, white space folded.</summary>
    public string Text => Fold(Document.QuerySelector("main")?.TextContent ?? Document.Body?.TextContent ?? "");

    public IHtmlFormElement Form(string selector) =>
        Document.QuerySelector(selector) as IHtmlFormElement
        ?? throw new InvalidOperationException($"No form {selector} on {Address}: {Text}");

    public static string Fold(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>Somebody with a browser: follows no redirect unasked, keeps cookies, sends forms as the page has them.</summary>
public sealed class Shopper : IDisposable
{
    private readonly HttpClient _client;

    /// <param name="address">Whose pages.</param>
    /// <param name="from">Which address of this machine the connections come from; null: whichever fits.</param>
    public Shopper(Uri address, IPAddress? from = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            Expect100ContinueTimeout = TimeSpan.FromSeconds(30),
            CookieContainer = Cookies,
            // The one of WebProcess, which nobody vouches for.
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=127.0.0.1" },
        };
        if (from is not null)
            handler.ConnectCallback = async (context, cancellationToken) => await ConnectAsync(from, context.DnsEndPoint, cancellationToken);
        _client = new HttpClient(handler) { BaseAddress = address };
    }

    /// <summary>Sent with every request.</summary>
    public HttpRequestHeaders Headers => _client.DefaultRequestHeaders;

    public CookieContainer Cookies { get; } = new();

    public async Task<WebPage> GetAsync(string path) => await ReadAsync(await _client.GetAsync(path, TestContext.Current.CancellationToken));

    /// <summary>Sends a form of the page, antiforgery token and all, with some of its fields changed; null leaves one out.</summary>
    public async Task<WebPage> SubmitAsync(WebPage page, string form, params (string Name, string? Value)[] changes) =>
        await ReadAsync(await _client.SendAsync(Request(page, form, changes), TestContext.Current.CancellationToken));

    /// <summary>What <see cref="SubmitAsync"/> would send.</summary>
    public static HttpRequestMessage Request(WebPage page, string form, params (string Name, string? Value)[] changes)
    {
        var element = page.Form(form);
        var fields = element.Elements.OfType<IHtmlElement>()
            .Where(field => field is IHtmlInputElement { Type: not ("submit" or "checkbox") } or IHtmlTextAreaElement or IHtmlSelectElement
                            || field is IHtmlInputElement { Type: "checkbox", IsChecked: true })
            .Select(field => (Name: field.GetAttribute("name") ?? "", Value: (string?)(field as IHtmlInputElement)?.Value
                ?? (field as IHtmlTextAreaElement)?.Value ?? (field as IHtmlSelectElement)?.Value))
            .Where(field => field.Name != "")
            .ToList();
        foreach (var name in changes.Select(change => change.Name).Distinct())
        {
            fields.RemoveAll(field => field.Name == name);
            fields.AddRange(changes.Where(change => change.Name == name && change.Value is not null));
        }

        return new HttpRequestMessage(HttpMethod.Post, element.GetAttribute("action") ?? page.Address.PathAndQuery)
        {
            Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value ?? ""))),
        };
    }

    public async Task<WebPage> SendAsync(HttpRequestMessage request) =>
        await ReadAsync(await _client.SendAsync(request, TestContext.Current.CancellationToken));

    /// <summary>The same for somebody who may not wait for the answer.</summary>
    public async Task<WebPage> SendUnlessGivenUpAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        await ReadAsync(await _client.SendAsync(request, cancellationToken));

    /// <summary>Follows a redirect.</summary>
    public Task<WebPage> FollowAsync(WebPage page)
    {
        Assert.InRange((int)page.Status, 300, 399);
        return GetAsync(page.Response.Headers.Location!.ToString());
    }

    public async Task SignInAsync(string email, string password = StoreWebTest.Password)
    {
        var page = await SubmitAsync(await GetAsync("/sign-in"), "form[action='/sign-in']", ("email", email), ("password", password));
        Assert.Equal(HttpStatusCode.Redirect, page.Status);
    }

    public void Dispose() => _client.Dispose();

    private static async Task<Stream> ConnectAsync(IPAddress from, DnsEndPoint to, CancellationToken cancellationToken)
    {
        var socket = new Socket(from.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(to, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<WebPage> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        return new WebPage(response.StatusCode, response.RequestMessage!.RequestUri!, response, new HtmlParser().ParseDocument(body));
    }
}
