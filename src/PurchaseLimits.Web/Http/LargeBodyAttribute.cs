using Microsoft.AspNetCore.Http.Metadata;

namespace PurchaseLimits.Web.Http;

/// <summary>
/// A page that takes a larger body than every other one, in bytes. Routing tells Kestrel, and <see cref="RequestGuard"/>
/// reads the same number.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class LargeBodyAttribute(long maxBodySize) : Attribute, IRequestSizeLimitMetadata
{
    public long? MaxRequestBodySize => maxBodySize;
}
