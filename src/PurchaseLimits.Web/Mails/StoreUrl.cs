using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Mails;

/// <summary>What the links of mails begin with.</summary>
public sealed class StoreUrl(IServer server, IOptions<MailOptions> options)
{
    /// <summary>The setting, or where this process listens, which is known once it has started.</summary>
    public Uri Value => new(options.Value.PublicUrl
        ?? server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
        ?? throw new UnsendableMailException("Mail:PublicUrl is not set, and this process listens nowhere."));
}
