using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PurchaseLimits.Web.Operating;

/// <summary>
/// Settings that ASP.NET Core reads itself: where it listens, its certificates, what is logged. It would end with a trace of calls
/// at what makes no sense, after some of the store had started.
/// </summary>
internal static class HostSettings
{
    private const string Endpoints = "Kestrel:Endpoints";

    /// <summary>A sentence for each mistake; it names the setting.</summary>
    public static IEnumerable<string> Mistakes(IConfiguration configuration, IHostEnvironment environment) =>
        AddressMistakes(configuration)
            .Concat(Certificates(configuration).Select(certificate => CertificateMistakeOrNull(certificate, environment.ContentRootPath ?? "")).OfType<string>())
            .Concat(LogLevelMistakes(configuration));

    /// <summary>The parts of a list with ; between, as ASP.NET Core writes lists of addresses, ports and hosts.</summary>
    public static List<string> Split(string? list) =>
        [.. (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static IEnumerable<string> AddressMistakes(IConfiguration configuration)
    {
        if (Split(configuration["urls"]).Exists(url => !IsAddress(url)))
            yield return "ASPNETCORE_URLS must be addresses like http://localhost:5000, with ; between two.";
        foreach (var ports in new[] { "HTTP_PORTS", "HTTPS_PORTS" })
        {
            if (Split(configuration[ports]).Exists(port => !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
                yield return $"ASPNETCORE_{ports} must be ports like 8080, with ; between two.";
        }

        foreach (var endpoint in configuration.GetSection(Endpoints).GetChildren())
        {
            if (endpoint["Url"] is { Length: > 0 } url && !IsAddress(url))
                yield return $"{endpoint.Path}:Url must be an address like http://localhost:5000.";
        }

        if (string.Equals(configuration["FORWARDEDHEADERS_ENABLED"], "true", StringComparison.OrdinalIgnoreCase))
        {
            yield return "ASPNETCORE_FORWARDEDHEADERS_ENABLED must not be set: it takes anybody's word for who asks and how. "
                         + "Name the proxies that are yours in Proxies:Known instead.";
        }
    }

    private static bool IsAddress(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.Port is >= 0 and <= ushort.MaxValue && address.Scheme.ToUpperInvariant() is "HTTP" or "HTTPS";
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>The default one, those of endpoints, and those of hosts at an endpoint.</summary>
    private static IEnumerable<IConfigurationSection> Certificates(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection(Endpoints).GetChildren().ToList();
        return configuration.GetSection("Kestrel:Certificates").GetChildren()
            .Concat(endpoints.Concat(endpoints.SelectMany(endpoint => endpoint.GetSection("Sni").GetChildren())).Select(owner => owner.GetSection("Certificate")));
    }

    /// <summary>Reads the files as Kestrel will.</summary>
    private static string? CertificateMistakeOrNull(IConfigurationSection settings, string folder)
    {
        if (settings["Path"] is not { Length: > 0 } path)
            return null;
        if (ContentOrNull(folder, path) is not { } content)
            return $"{settings.Path}:Path names no file that can be read.";

        var (keyPath, password) = (settings["KeyPath"], settings["Password"]);
        try
        {
            using var certificate = keyPath is null && X509Certificate2.GetCertContentType(content) == X509ContentType.Pkcs12
                ? X509CertificateLoader.LoadPkcs12(content, password)
                : X509CertificateLoader.LoadCertificate(content);
            return keyPath is null ? null : KeyMistakeOrNull(settings.Path, certificate.ExportCertificatePem(), ContentOrNull(folder, keyPath), password);
        }
        // The latter where it is empty.
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return $"{settings.Path}:Path names a file that is no certificate{(keyPath is null ? $", or that {settings.Path}:Password does not open" : "")}.";
        }
    }

    private static string? KeyMistakeOrNull(string name, string certificate, byte[]? content, string? password)
    {
        if (content is null)
            return $"{name}:KeyPath names no file that can be read.";
        try
        {
            var key = System.Text.Encoding.UTF8.GetString(content);
            using var both = password is null
                ? X509Certificate2.CreateFromPem(certificate, key)
                : X509Certificate2.CreateFromEncryptedPem(certificate, key, password);
            return null;
        }
        // No key at all, another certificate's, or a wrong password.
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return $"{name}:KeyPath names a file that does not hold the key of {name}:Path{(password is null ? "" : $", or that {name}:Password does not open")}.";
        }
    }

    private static byte[]? ContentOrNull(string folder, string path)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Of all loggers, and of one kind of output: <c>Logging:Console:LogLevel:Default</c>.</summary>
    private static IEnumerable<string> LogLevelMistakes(IConfiguration configuration)
    {
        var logging = configuration.GetSection("Logging");
        return logging.GetChildren().Select(provider => provider.GetSection("LogLevel")).Prepend(logging.GetSection("LogLevel"))
            .SelectMany(levels => levels.GetChildren())
            .Where(level => level.Value is { Length: > 0 } value && !Enum.TryParse<LogLevel>(value, ignoreCase: true, out _))
            .Select(level => $"{level.Path} must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
    }
}
