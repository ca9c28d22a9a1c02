using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Http;

/// <summary>
/// Pages that are the same for everybody who brings nothing along, no cookie at all, and so is neither signed in nor has a cart:
/// they are made once and shown to all such visitors for <see cref="StoreOptions.VisitorPageAge"/>. Whoever may buy sees what is
/// read at that moment.
/// </summary>
public static class VisitorPages
{
    /// <summary>For <see cref="OutputCacheAttribute.PolicyName"/>.</summary>
    public const string Policy = "VisitorPages";

    // Searches are as many as anybody likes to think of.
    private const long SizeLimit = 16 * 1024 * 1024;

    public static void AddVisitorPages(this IServiceCollection services)
    {
        services.AddSingleton<CookieTempDataProvider>();
        services.AddSingleton<ITempDataProvider, NoticeCookie>();
        services.AddOutputCache(options => options.SizeLimit = SizeLimit);
        services.AddOptions<OutputCacheOptions>().Configure<IOptions<StoreOptions>>((cache, store) =>
        {
            var age = store.Value.VisitorPageAge;
            // In addition to what holds for every policy: GET and HEAD only, 200 only, nothing that sets a cookie, by host and query.
            cache.AddPolicy(Policy, policy => policy
                .With(context => age > TimeSpan.Zero && context.HttpContext.Request.Headers.Cookie.Count == 0)
                .Expire(age > TimeSpan.Zero ? age : TimeSpan.FromTicks(1))
                // Nobody waits for what another visitor's request comes to: that one may be given up, or be slow to read.
                .SetLocking(false)
                .AddPolicy<NotGivenUp>());
        });
    }

    /// <summary>What its reader gave up may not be whole.</summary>
    private sealed class NotGivenUp : IOutputCachePolicy
    {
        public ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation) => ValueTask.CompletedTask;

        public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation) => ValueTask.CompletedTask;

        public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation)
        {
            context.AllowCacheStorage &= !context.HttpContext.RequestAborted.IsCancellationRequested;
            return ValueTask.CompletedTask;
        }
    }
}
