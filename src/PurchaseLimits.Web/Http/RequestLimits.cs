namespace PurchaseLimits.Web.Http;

public static class RequestLimits
{
    /// <summary>Bytes. The largest form here is a checkout of 100 lines, about 12 kB.</summary>
    public const long MaxBodySize = 64 * 1024;

    /// <summary>
    /// Refuses a body that says it is too large with 413 before anything reads it; Kestrel ends one that did not say.
    /// Without this the antiforgery check would answer 400 for it.
    /// </summary>
    public static void UseRequestLimits(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Request.ContentLength > MaxBodySize)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return Task.CompletedTask;
        }

        return next(context);
    });
}
