using System.ComponentModel.DataAnnotations;
using System.Net;

namespace PurchaseLimits.Web.Http;

/// <summary>The <c>Proxies</c> section of the settings: whose word counts about who asks, and how.</summary>
public sealed class ProxyOptions
{
    /// <summary>Addresses and networks with commas between: <c>10.0.0.7, 10.1.0.0/16</c>. None: nobody's.</summary>
    [CustomValidation(typeof(ProxyOptions), nameof(CheckKnown))]
    public string? Known { get; init; }

    /// <summary>How many proxies stand one behind the other in front of this process.</summary>
    [Range(1, 10, ErrorMessage = "Proxies:HopLimit must be between 1 and 10.")]
    public int HopLimit { get; init; } = 1;

    public IReadOnlyList<IPNetwork> Networks => [.. Words.Select(NetworkOrNull).OfType<IPNetwork>()];

    private string[] Words => (Known ?? "").Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries);

    public static ValidationResult? CheckKnown(string? known, ValidationContext context) =>
        new ProxyOptions { Known = known }.Words.FirstOrDefault(word => NetworkOrNull(word) is null) is { } wrong
            ? new ValidationResult($"Proxies:Known must be addresses and networks like 10.0.0.7, 10.1.0.0/16; \"{wrong}\" is neither, or everybody.")
            : ValidationResult.Success;

    /// <summary>A network of all addresses is none: it would take anybody's word.</summary>
    private static IPNetwork? NetworkOrNull(string word)
    {
        if (IPNetwork.TryParse(word, out var network))
            return network.PrefixLength == 0 ? null : network;
        // Not "10" or "10.1", which are addresses to the library and mistakes to us.
        return IPAddress.TryParse(word, out var address) && (word.Contains(':') || address.ToString() == word)
            ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : null;
    }
}
