using System.Net;
using System.Text.RegularExpressions;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>A customer's browser: signed in, with a page open whose form may be sent.</summary>
internal sealed partial class Browser
{
    public const string Password = "a password of benchmarks";

    private readonly HttpClient _client;
    private readonly Dictionary<string, string> _cookies = [];
    private string _cookieHeader = "";
    private string _token = "";

    private Browser(HttpClient client) => _client = client;

    /// <summary>Somebody who is not signed in.</summary>
    public static Browser Anonymous(HttpClient client) => new(client);

    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public static async Task<Browser> SignInAsync(HttpClient client, string email)
    {
        var browser = new Browser(client);
        await browser.GetAsync("/sign-in");
        using var answer = await browser.SendAsync(HttpMethod.Post, "/sign-in", [new("email", email), new("password", Password)]);
        browser.Keep(answer);
        if (answer.StatusCode != HttpStatusCode.Redirect)
            throw new InvalidOperationException($"{email} cannot sign in: {(int)answer.StatusCode}.");
        // The forms of somebody who is signed in have another token; each page has one, to sign out with.
        await browser.GetAsync("/");
        return browser;
    }

    /// <summary>Reads a page to its end, and keeps its form's token.</summary>
    public async Task<string> GetAsync(string path) =>
        await GetOrNullAsync(path) ?? throw new InvalidOperationException($"{path} is not available.");

    /// <summary>The same; null while the store is not available.</summary>
    public async Task<string?> GetOrNullAsync(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, null);
        Keep(answer);
        var page = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            return null;
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"{path} answers {(int)answer.StatusCode}.");
        if (Field("__RequestVerificationToken", page) is { } token)
            _token = token;
        return page;
    }

    /// <summary>Sends a form, with the token of the page that was read last.</summary>
    public async Task<HttpStatusCode> PostAsync(string path, IEnumerable<KeyValuePair<string, string>> fields)
    {
        using var answer = await SendAsync(HttpMethod.Post, path, fields);
        await answer.Content.CopyToAsync(Stream.Null);
        return answer.StatusCode;
    }

    /// <summary>The value of a hidden field.</summary>
    public static string? Field(string name, string page) =>
        FieldPattern().Matches(page).FirstOrDefault(field => field.Groups[1].Value == name)?.Groups[2].Value;

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, IEnumerable<KeyValuePair<string, string>>? fields)
    {
        using var request = new HttpRequestMessage(method, path);
        if (_cookieHeader != "")
            request.Headers.Add("Cookie", _cookieHeader);
        if (fields is not null)
            request.Content = new FormUrlEncodedContent(fields.Append(new("__RequestVerificationToken", _token)));
        return await _client.SendAsync(request);
    }

    private void Keep(HttpResponseMessage answer)
    {
        if (!answer.Headers.TryGetValues("Set-Cookie", out var cookies))
            return;
        foreach (var cookie in cookies)
        {
            var pair = cookie.Split(';')[0].Split('=', 2);
            _cookies[pair[0]] = pair[1];
        }

        _cookieHeader = string.Join("; ", _cookies.Select(cookie => $"{cookie.Key}={cookie.Value}"));
    }

    [GeneratedRegex("<input[^>]*name=\"([^\"]*)\"[^>]*value=\"([^\"]*)\"")]
    private static partial Regex FieldPattern();
}
