using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Operating;

namespace PurchaseLimits.Web.Http;

/// <summary>
/// X-Forwarded-For, -Proto and -Host, from proxies that the settings name and from nobody else: whoever else sends them would
/// choose whom the store takes them for.
/// </summary>
public static class Proxies
{
    public static void AddProxies(this IServiceCollection services)
    {
        services.AddSettings<ProxyOptions>("Proxies");
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ProxyOptions>, IConfiguration>((headers, proxies, configuration) =>
        {
            headers.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            headers.ForwardLimit = proxies.Value.HopLimit;
            // Loopback is in there, and whoever runs something else on the machine.
            headers.KnownProxies.Clear();
            headers.KnownIPNetworks.Clear();
            foreach (var network in proxies.Value.Networks)
                headers.KnownIPNetworks.Add(network);
            // The same hosts as without a proxy.
            var hosts = (configuration["AllowedHosts"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries);
            headers.AllowedHosts = hosts.Contains("*") ? [] : hosts;
        });
    }

    public static void UseProxies(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value.Networks.Count > 0)
            app.UseForwardedHeaders();
    }

    /// <summary>Whether this is one of them, as the connection says.</summary>
    public static bool Contain(IReadOnlyList<System.Net.IPNetwork> networks, IPAddress? address)
    {
        if (address is { IsIPv4MappedToIPv6: true })
            address = address.MapToIPv4();
        return address is not null && networks.Any(network => network.Contains(address));
    }
}
