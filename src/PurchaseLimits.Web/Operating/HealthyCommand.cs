using System.Net;
using System.Text.Json;

namespace PurchaseLimits.Web.Operating;

/// <summary>
/// <c>PurchaseLimits.Web healthy</c>: asks the store's process on this machine whether it is ready, as a container's health check
/// does; an image without a shell has nothing else to ask with. It starts none of the store.
/// </summary>
public static class HealthyCommand
{
    public const string Name = "healthy";

    // The image's health check gives it 5 s in all; it says why before it is killed.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    /// <returns>0 when it is ready, else 1; a sentence says which.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var settings = new ConfigurationBuilder()
            .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
            .AddEnvironmentVariables("DOTNET_").AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables()
            .AddCommandLine(args)
            .Build();
        if (AddressOrNull(settings) is not { } address)
        {
            Console.Error.WriteLine("Not ready: ASPNETCORE_URLS names no address of this machine that could be asked.");
            return 1;
        }

        // Its own certificate, over loopback: whom it is for does not matter here.
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true, UseProxy = false, AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { Timeout = s_patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, ReadyHealth.ReadyPath));
        request.Headers.Host = HostOrNull(settings);
        try
        {
            using var answer = await client.SendAsync(request);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                Console.WriteLine("Ready.");
                return 0;
            }

            Console.Error.WriteLine($"Not ready: {await WhyAsync(answer)}.");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            Console.Error.WriteLine($"Not ready: nothing answers at {address} within {s_patience.TotalSeconds:0} s.");
        }

        return 1;
    }

    /// <summary>Where it listens, as seen from this machine: what is not encrypted first. Null where that is nowhere that HTTP reaches.</summary>
    public static Uri? AddressOrNull(IConfiguration settings)
    {
        var urls = settings.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>().ToList();
        if (urls.Count == 0)
            urls = HostSettings.Split(settings["urls"]);
        if (urls.Count == 0)
            urls = [.. HostSettings.Split(settings["HTTP_PORTS"]).Select(port => $"http://*:{port}"), .. HostSettings.Split(settings["HTTPS_PORTS"]).Select(port => $"https://*:{port}")];
        if (urls.Count == 0)
            urls = ["http://localhost:5000"];
        return urls.Select(UriOrNull).OfType<Uri>().OrderBy(uri => uri.Scheme == Uri.UriSchemeHttps).FirstOrDefault();
    }

    /// <summary>Where it answers to certain hosts only, one of them; null where it answers to all.</summary>
    public static string? HostOrNull(IConfiguration settings)
    {
        var hosts = HostSettings.Split(settings["AllowedHosts"]);
        if (hosts.Contains("*"))
            return null;
        // *.example.com is any name below it, and not that name itself.
        return hosts.Find(host => !host.Contains('*')) ?? hosts.Find(host => host.StartsWith("*.", StringComparison.Ordinal))?.Replace("*", Name, StringComparison.Ordinal);
    }

    private static Uri? UriOrNull(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            // Any name that is neither an address nor localhost means all addresses, to Kestrel.
            var host = address.Host == "localhost" || (IPAddress.TryParse(address.Host, out var ip) && !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any))
                ? address.Host
                : "127.0.0.1";
            return address.IsUnixPipe || address.IsNamedPipe || address.Port == 0 ? null : new Uri($"{address.Scheme}://{host}:{address.Port}");
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Each part that is not ready, with its reason where one is given.</summary>
    private static async Task<string> WhyAsync(HttpResponseMessage answer)
    {
        try
        {
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            return string.Join(", ", body.RootElement.GetProperty("entries").EnumerateObject()
                .Where(entry => entry.Value.GetProperty("status").GetString() != "Healthy")
                .Select(entry => entry.Value.TryGetProperty("reason", out var reason) ? $"{entry.Name} ({reason.GetString()})" : entry.Name));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return $"it answers with {(int)answer.StatusCode}";
        }
    }
}
