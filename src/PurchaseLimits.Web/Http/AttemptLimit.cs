using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Accounts;

namespace PurchaseLimits.Web.Http;

/// <summary>
/// How often one address may try passwords, open accounts and ask for mails: <see cref="AccountOptions.AttemptsPerMinute"/>, in each
/// web process. Five wrong passwords lock one account, and hold up nobody who tries one password on every account, or writes mails
/// to strangers; and a password is dear to look at, which is what its hash is for.
/// </summary>
public static class AttemptLimit
{
    /// <summary>For <see cref="EnableRateLimitingAttribute"/>. A page's forms count, looking at it does not.</summary>
    public const string Policy = "AttemptLimit";

    public static void AddAttemptLimit(this IServiceCollection services) => services.AddRateLimiter(limiter =>
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.OnRejected = (context, _) =>
        {
            if (context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
                context.HttpContext.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return ValueTask.CompletedTask;
        };
        limiter.AddPolicy(Policy, context =>
        {
            var perMinute = context.RequestServices.GetRequiredService<IOptions<AccountOptions>>().Value.AttemptsPerMinute;
            return perMinute == 0 || !HttpMethods.IsPost(context.Request.Method)
                ? RateLimitPartition.GetNoLimiter(IPAddress.None)
                : RateLimitPartition.GetFixedWindowLimiter(Origin(context.Connection.RemoteIpAddress), _ => new FixedWindowRateLimiterOptions
                {
                    PermitLimit = perMinute,
                    Window = TimeSpan.FromMinutes(1),
                });
        });
    });

    /// <summary>
    /// Whom an address belongs to, as far as one can tell: of IPv6 its first 64 bits, because whoever has one address has all of that
    /// network (RFC 6177).
    /// </summary>
    public static IPAddress Origin(IPAddress? address)
    {
        if (address is null)
            return IPAddress.Any; // a socket that is no network's: all who come through it
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (bytes.Length == 16)
            bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
